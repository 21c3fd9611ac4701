import type {FoundSandbox} from '../backend/session/find-sandbox.ts';
import type {StartOptions} from '../backend/types.ts';
import type {Calling, Sandboxes} from '../commands/sandboxes.ts';
import {ShellError} from '../core/errors.ts';
import type {Finder} from './find-running.ts';

/** The part of the running side that is about what one types to and reads from: commands of exec, consoles. */
export type ConsoleLife = Pick<Sandboxes, 'exec' | 'consoles' | 'watchConsoles' | 'console'>;

interface ConsoleLifeOptions extends Pick<Finder, 'need' | 'needJoined'> {
	readonly startOptions: (signal: AbortSignal) => Omit<StartOptions, 'voice'>;
	readonly isOneOutput: boolean;
	/** Gives a sandbox whose keeper was killed a new one, where that can be done. */
	readonly kept: (found: FoundSandbox, calling: Calling) => Promise<FoundSandbox>;
}

export function createConsoleLife({need, needJoined, startOptions, isOneOutput, kept}: ConsoleLifeOptions): ConsoleLife {
	return {
		async exec(name, {command, tty, cwd, environment, user, size}, calling) {
			const found = await kept(await need(name, calling), calling);
			const {execInSandbox} = await import('../backend/session/exec-in-sandbox.ts');
			const options = startOptions(calling.signal);
			return execInSandbox(found, {command, tty, cwd, environment, user, size, isOneOutput, caller: options.caller}, options);
		},
		async consoles(name, calling) {
			const {statePath} = await needJoined(name, calling);
			const [{askConsoles}, {logNames}] = await Promise.all([
				import('../backend/session/control-client.ts'),
				import('../backend/session/capture/open-logs.ts'),
			]);
			const consoles = await askConsoles(statePath, startOptions(calling.signal));
			const known = new Set(consoles.map((each) => each.name));
			const logs = logNames(statePath).filter((each) => !known.has(each));
			return [...logs.map((each) => ({name: each, state: 'captured'})), ...consoles].map((each) => ({
				...each,
				kind: kinds.get(each.name) ?? 'spare, for exec',
			}));
		},
		async watchConsoles(name, onConsole, calling) {
			const {statePath} = await needJoined(name, calling);
			const {watchShared} = await import('../backend/session/share-terminal.ts');
			watchShared(statePath, onConsole, calling.signal);
		},
		async console(name, console, calling) {
			const {statePath} = await kept(await needJoined(name, calling), calling);
			const [{askConsole}, {askConsoles}] = await Promise.all([
				import('../backend/session/ask-console.ts'),
				import('../backend/session/control-client.ts'),
			]);
			const options = startOptions(calling.signal);
			const names = (await askConsoles(statePath, options)).map((each) => each.name);
			const chosen = console ?? ['tty', 'shell'].find((each) => names.includes(each));
			if (chosen === undefined) {
				throw new ShellError('not-found', `Sandbox '${name}' has no console to attach to`, {hint: "Start it with 'set tty on' or 'set shell on'."});
			}
			const session = await askConsole(statePath, chosen, {...options, recentBytes: calling.recentBytes});
			if (session.holder?.pid === process.pid) {
				session.stdin.destroy();
				throw new ShellError('refused', `This session has '${chosen}' of '${name}' itself`, {hint: 'It is in a pane of its own, or in front.'});
			}
			return session;
		},
	};
}

const kinds: ReadonlyMap<string, string> = new Map([
	['stdout', 'output of the command'],
	['stderr', 'output of the command'],
	['tty', 'terminal of the command'],
	['boot', 'log of the init'],
	['shell', 'root shell'],
]);
