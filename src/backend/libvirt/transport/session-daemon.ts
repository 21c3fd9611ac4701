import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {ConnectFailed} from '../errors.ts';
import type {Environment, LibvirtUri} from './uri.ts';

/** Starts the first of `daemons` that this host has, detached; it ends itself 120 s after its last client. Gives its name; throws ConnectFailed `start`. */
export async function startSessionDaemon(uri: LibvirtUri, daemons: readonly string[], environment: Environment): Promise<string> {
	// Daemons live in sbin, which an ordinary user's PATH often lacks.
	const path = [environment['PATH'] ?? '', '/usr/local/sbin', '/usr/sbin', '/sbin'].filter((part) => part !== '').join(':');
	const failures: unknown[] = [];
	for (const daemon of daemons) {
		const child = spawn(daemon, ['--timeout=120'], {cwd: '/', detached: true, env: {...environment, PATH: path}, stdio: 'ignore'});
		try {
			await once(child, 'spawn');
			child.unref();
			return daemon;
		} catch (error) {
			failures.push(error);
		}
	}

	throw new ConnectFailed('start', uri.text, `No daemon for ${uri.text} runs, and none of ${daemons.join(', ')} can be started`, failures.at(-1));
}
