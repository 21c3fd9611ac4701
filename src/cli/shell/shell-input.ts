import type {Writable} from 'node:stream';
import type {GuestTerminal} from '../../commands/context.ts';
import {systemReason} from '../../core/system-reason.ts';
import {commands} from '../../commands/table.ts';
import {ShellError} from '../../core/errors.ts';
import {decodeScript} from '../../shell/language/language.ts';
import {parseWords, type ParsedCommand} from '../../shell/language/parse-script.ts';
import {readHostFile, readToEnd} from '../../shell/read-host-file.ts';
import type {Shell} from '../../shell/shell.ts';
import type {ShellOptions} from '../../shell/language/shell-options.ts';
import type {Attachment} from '../terminal/attach-terminal.ts';

/** The commands of a batch session: its words, a script, or standard input, read to its end. */
export async function readCommands(options: ShellOptions, shell: Shell): Promise<readonly ParsedCommand[]> {
	const [first, ...more] = options.words;
	if (first !== undefined) {
		return more.length === 0 ? shell.parse({text: first, name: undefined}) : [parseWords(options.words, {commands, interactive: false})];
	}
	const path = options.file === '-' ? undefined : options.file;
	let bytes: Uint8Array;
	try {
		bytes = await (path === undefined ? readToEnd(0, 'standard input') : readHostFile(path));
	} catch (error) {
		throw new ShellError('not-found', `Cannot read ${path === undefined ? 'standard input' : `the script '${path}'`}: ${systemReason(error)}`, {
			cause: error,
		});
	}
	return shell.parse({text: decodeScript(bytes, path === undefined ? 'Standard input' : `'${path}'`), name: path});
}

/** Feeds standard input to a command. */
export function feedInput(stdin: Writable, onFault: (error: ShellError) => void): {stop(): void} {
	let relay: {stop(): void} | undefined;
	let stopped = false;
	void Promise.all([import('../terminal/relay-input.ts'), import('../terminal/unread-input.ts')]).then(([{relayInput}, {unreadInput}]) => {
		relay = stopped ? undefined : relayInput(0, stdin, {onFault: (error) => onFault(unreadInput(error)), onNone: () => undefined});
	});
	return {
		stop() {
			stopped = true;
			relay?.stop();
		},
	};
}

/** This process's terminal, to be lent to guests. */
export function lendTerminal(escape: string): GuestTerminal {
	return {
		escape,
		size() {
			const {rows, columns} = process.stdout;
			return rows > 0 && columns > 0 ? {rows, columns} : undefined;
		},
		attach(session, onLeave) {
			let attachment: Attachment | undefined;
			let left = false;
			let byKey = false;
			let settled: Promise<void> | undefined;
			const settle = (isCut: boolean): Promise<void> => (settled ??= attachment?.settle(isCut) ?? Promise.resolve());
			const loaded = Promise.all([import('../terminal/attach-terminal.ts'), import('../terminal/escape-key.ts')]).then(
				async ([{attachTerminal}, {parseEscapeKey}]) => {
					if (!left) {
						attachment = attachTerminal(session, {
							escape: parseEscapeKey(escape),
							onLeave(rest) {
								byKey = true;
								if (rest.length > 0) process.stdin.unshift(rest);
								onLeave();
							},
							onHangup: onLeave,
						});
					}
					await attachment?.done;
					// What comes late would be typed at the prompt.
					await settle(false);
				},
			);
			return {
				done: loaded,
				settle() {
					left = true;
					return settle(true);
				},
				detach() {
					left = true;
					// Whatever the guest wrote last, the prompt begins a line.
					attachment?.detach(byKey);
				},
			};
		},
	};
}
