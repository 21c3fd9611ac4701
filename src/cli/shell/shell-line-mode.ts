import {questionAtEnd} from '../../commands/quit.ts';
import type {Sandboxes} from '../../commands/sandboxes.ts';
import type {Session} from '../../commands/session.ts';
import {commands} from '../../commands/table.ts';
import {ShellError} from '../../core/errors.ts';
import {safeText} from '../../core/text.ts';
import type {History} from '../../shell/history.ts';
import {startLineMode, type LineMode} from '../../shell/line-mode.ts';
import type {Shell} from '../../shell/shell.ts';
import {hearEndOfSession} from '../terminal/signal-inbox.ts';

export interface LineModeParts {
	readonly shell: Shell;
	readonly session: Session;
	readonly sandboxes: Sandboxes;
	readonly history: History;
	readonly quiet: boolean;
	readonly ended: () => boolean;
	readonly onCommand: () => Promise<void>;
	/** A signal has come that ends the session. */
	readonly onSignal: () => void;
}

/** Runs the line mode on this process's terminal. */
export function runLineMode({shell, session, sandboxes, history, quiet, ended, onCommand, onSignal}: LineModeParts): LineMode {
	const end = new AbortController();
	let mode: LineMode | undefined;
	const banner = async () => {
		if (!quiet) {
			const uri = session.uri ?? (await sandboxes.defaultUri(AbortSignal.timeout(2000)).catch(() => 'no connection'));
			process.stdout.write(`virt-sandbox-shell on ${safeText(uri)}: 'help' lists the commands, 'quit' ends\n`);
		}
	};
	process.on('SIGINT', () => mode?.interrupt());
	let signalled: number | undefined;
	hearEndOfSession((name, status) => {
		signalled ??= status;
		onSignal();
		end.abort(new ShellError('interrupted', `Interrupted by ${name}`));
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
			signal: end.signal,
			async mayEnd() {
				const question = await questionAtEnd(sandboxes);
				return question === undefined || ((await mode?.ask(question)) ?? true);
			},
		});
		return mode.done.then((status) => signalled ?? status);
	});
	return {
		ask: (question) => mode?.ask(question) ?? Promise.resolve(false),
		interrupt: () => mode?.interrupt(),
		done: started,
	};
}
