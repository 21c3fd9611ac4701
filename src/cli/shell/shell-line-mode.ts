import {isatty} from 'node:tty';
import {questionAtEnd} from '../../commands/quit.ts';
import type {Sandboxes} from '../../commands/sandboxes.ts';
import type {Session} from '../../commands/session.ts';
import {commands} from '../../commands/table.ts';
import {safeText} from '../../core/text.ts';
import type {History} from '../../shell/history.ts';
import {startLineMode, type LineMode} from '../../shell/line-mode.ts';
import type {Shell} from '../../shell/shell.ts';
import {hangUp} from '../terminal/gone-terminal.ts';

export interface LineModeParts {
	readonly shell: Shell;
	readonly session: Session;
	readonly sandboxes: Sandboxes;
	readonly history: History;
	readonly quiet: boolean;
	readonly ended: () => boolean;
	readonly onCommand: () => Promise<void>;
	/** Ends the session. */
	readonly signal: AbortSignal;
}

/** Runs the line mode on this process's terminal. */
export function runLineMode({shell, session, sandboxes, history, quiet, ended, onCommand, signal}: LineModeParts): LineMode {
	let mode: LineMode | undefined;
	const banner = async () => {
		if (!quiet) {
			const uri = session.uri ?? (await sandboxes.defaultUri(AbortSignal.timeout(2000)).catch(() => 'no connection'));
			process.stdout.write(`virt-sandbox-shell on ${safeText(uri)}: 'help' lists the commands, 'quit' ends\n`);
		}
	};
	process.on('SIGINT', () => mode?.interrupt());
	for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on('error', hangUp);
	// Before its reader hears of it, which would take half a line for a whole one.
	process.stdin.on('end', () => {
		if (!isatty(0)) hangUp();
	});
	const started = banner().then(() => {
		mode = startLineMode({
			input: process.stdin,
			output: process.stdout,
			shell,
			session,
			commands,
			history,
			ended,
			onCommand,
			signal,
			async mayEnd() {
				const question = await questionAtEnd(sandboxes);
				return question === undefined || ((await mode?.ask(question)) ?? true);
			},
		});
		return mode.done;
	});
	return {
		ask: (question) => mode?.ask(question) ?? Promise.resolve(false),
		interrupt: () => mode?.interrupt(),
		done: started,
	};
}
