import {watch} from 'node:fs';
import {join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {onceClosed} from '../../core/stream-ends.ts';
import type {GuestSession, TerminalSize} from '../types.ts';
import {tapTerminal} from './capture/tap-terminal.ts';
import {listen} from './listen.ts';
import {relayConsole} from './relay-console.ts';

/** Names of the consoles that are with whoever runs a command on them, and of their sockets in the state directory. */
const sharedNames = /^exec-\d{1,6}$/;

/** Where a console can be joined that its sandbox's owner does not hold; undefined: the owner is to be asked. */
export function sharedPath(statePath: string, name: string): string | undefined {
	return sharedNames.test(name) ? join(statePath, name) : undefined;
}

/** Lets other processes join the terminal of a further command: its owner does not see its bytes. */
export function shareTerminal(session: GuestSession, statePath: string, {name, size}: {readonly name: string; readonly size: TerminalSize}): GuestSession {
	const path = sharedPath(statePath, name);
	if (path === undefined) return session;
	const {session: tapped, console} = tapTerminal(session, {name, size});
	const server = listen(path, (request, socket) => {
		if (request.ask !== 'console') throw new ShellError('usage', `This is '${name}' of a sandbox, not its owner`, {hint: 'Is it of another version?'});
		return Promise.resolve(relayConsole(console, socket, request.recentBytes));
	});
	onceClosed(tapped.stdout, () => server.close());
	return tapped;
}

/** Calls back whenever somebody begins to share a terminal of this sandbox, until the signal. Asks nobody. */
export function watchShared(statePath: string, onShared: () => void, signal: AbortSignal): void {
	try {
		const watcher = watch(statePath, {signal}, (_event, name) => {
			if (name !== null && sharedNames.test(name)) onShared();
		});
		// Its directory has gone.
		watcher.on('error', () => watcher.close());
		watcher.unref();
	} catch {
		// It has gone, or there are too many watches: what is joined stays.
	}
}
