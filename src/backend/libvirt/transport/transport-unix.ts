import {statSync} from 'node:fs';
import {connect} from 'node:net';
import {dirname} from 'node:path';
import {ConnectFailed, type ConnectProblem} from '../errors.ts';
import type {Transport} from './transport.ts';
import {planSockets, type Environment, type LibvirtUri} from './uri.ts';

const othersWrite = 0o022;

interface UnixOptions {
	readonly readonly: boolean;
	readonly environment: Environment;
	readonly uid: number;
	readonly signal: AbortSignal;
}

/** Connects to the first socket of the URI's that takes us, and starts the session's daemon where that is ours to do. Throws ConnectFailed. */
export async function openUnixTransport(uri: LibvirtUri, options: UnixOptions): Promise<Transport> {
	const plan = planSockets(uri, options);
	// Those of a session have a daemon that we may start.
	const user = plan.daemons.length > 0 ? options.uid : undefined;
	try {
		return await connectFirst(uri, plan.paths, {user, signal: options.signal});
	} catch (error) {
		if (plan.daemons.length === 0 || !isUnreachable(error)) {
			throw error;
		}
	}

	const {startSessionDaemon} = await import('./session-daemon.ts');
	const daemon = await startSessionDaemon(uri, plan.daemons, options.environment);
	return await retry(() => connectFirst(uri, plan.paths, {user, signal: options.signal}), {daemon, uri, signal: options.signal});
}

/** Where a variable leads to a directory that others write to, anybody may answer in the place of the session's daemon, and hear all. */
function requireOwn({stream}: Transport, {uri, path, user}: {readonly uri: LibvirtUri; readonly path: string; readonly user: number}): void {
	const directory = dirname(path);
	const stats = statSync(directory, {throwIfNoEntry: false});
	if (stats !== undefined && [0, user].includes(stats.uid) && (stats.mode & othersWrite) === 0) return;
	stream.destroy();
	const whose = stats === undefined ? 'has gone' : [0, user].includes(stats.uid) ? 'can be written to by others' : `belongs to another user (${stats.uid})`;
	throw new ConnectFailed('permission', uri.text, `${directory}, where the socket of ${uri.text} is to be, ${whose}`);
}

/** A daemon that starts has its socket within a few tenths of a second: 10 ms, 500 times, as libvirt's own client. */
async function retry(
	attempt: () => Promise<Transport>,
	context: {readonly daemon: string; readonly uri: LibvirtUri; readonly signal: AbortSignal},
): Promise<Transport> {
	const {setTimeout: delay} = await import('node:timers/promises');
	let last: unknown;
	for (let count = 0; count < 500; count++) {
		await delay(10, undefined, {signal: context.signal}).catch(() => context.signal.throwIfAborted());
		try {
			return await attempt();
		} catch (error) {
			if (!isUnreachable(error)) {
				throw error;
			}

			last = error;
		}
	}

	throw new ConnectFailed('start', context.uri.text, `${context.daemon} was started for ${context.uri.text} but has no socket after 5 s`, last);
}

interface Connecting {
	/** Whose session it is; undefined: the system's. */
	readonly user: number | undefined;
	readonly signal: AbortSignal;
}

async function connectFirst(uri: LibvirtUri, paths: readonly string[], {user, signal}: Connecting): Promise<Transport> {
	let failure: ConnectFailed | undefined;
	for (const path of paths) {
		try {
			const transport = await connectTo(uri, path, signal);
			if (user !== undefined) requireOwn(transport, {uri, path, user});
			return transport;
		} catch (error) {
			if (!isUnreachable(error)) {
				throw error;
			}

			// A socket file that nobody listens on tells more than one that is not there.
			if (failure === undefined || (failure.problem === 'absent' && error.problem === 'refused')) {
				failure = error;
			}
		}
	}

	throw failure ?? new ConnectFailed('absent', uri.text, `${uri.text} has no socket to try`);
}

function connectTo(uri: LibvirtUri, path: string, signal: AbortSignal): Promise<Transport> {
	return new Promise((resolve, reject) => {
		signal.throwIfAborted();
		const socket = connect({path});
		const onAbort = (): void => {
			socket.destroy();
			reject(signal.reason);
		};

		const onError = (error: NodeJS.ErrnoException): void => {
			signal.removeEventListener('abort', onAbort);
			socket.destroy();
			reject(describe(uri, path, error));
		};

		signal.addEventListener('abort', onAbort, {once: true});
		socket.once('error', onError);
		socket.once('connect', () => {
			signal.removeEventListener('abort', onAbort);
			socket.off('error', onError);
			resolve({stream: socket, description: path});
		});
	});
}

function describe(uri: LibvirtUri, path: string, error: NodeJS.ErrnoException): ConnectFailed {
	const fail = (problem: ConnectProblem, message: string): ConnectFailed => new ConnectFailed(problem, uri.text, message, error);
	switch (error.code) {
		case 'ENOENT':
		case 'ENOTDIR':
			return fail('absent', `No libvirtd for ${uri.text}: ${path} does not exist`);
		case 'ECONNREFUSED':
			return fail('refused', `No libvirtd for ${uri.text}: nobody listens on ${path}`);
		case 'EACCES':
		case 'EPERM':
			return fail('permission', `No permission to use ${path} for ${uri.text}`);
		default:
			return fail('socket', `No connection to ${path} for ${uri.text}: ${error.message}`);
	}
}

/** Whether nobody answers for a URI, so that another one may be tried. */
export function isUnreachable(error: unknown): error is ConnectFailed {
	return error instanceof ConnectFailed && (error.problem === 'absent' || error.problem === 'refused');
}
