import {Channel} from './channel.ts';
import type {ChannelOptions} from './channel.ts';
import {Connection} from './connection.ts';
import {ConnectFailed, ConnectionLost, errorCodes, LibvirtError} from './errors.ts';
import {procedures} from './procedures.ts';
import {openUnixTransport} from './transport-unix.ts';
import type {Transport} from './transport.ts';
import {parseUri} from './uri.ts';
import type {Environment, LibvirtUri} from './uri.ts';

export interface OpenOptions extends ChannelOptions {
	readonly readonly?: boolean | undefined;
	readonly signal?: AbortSignal | undefined;
	/** For the opening as a whole; default 60 s. */
	readonly timeoutMs?: number | undefined;
	/** Default: the process's own. */
	readonly environment?: Environment | undefined;
}

/** remote_auth_type. */
const authTypes = {none: 0, sasl: 1, polkit: 2} as const;

const readonlyFlag = 1;

/** Opens a libvirt URI. Rejects with ConnectFailed, LibvirtError (libvirtd refuses the URI), ConnectionLost or the signal's reason. */
export async function openConnection(uri: string, options: OpenOptions = {}): Promise<Connection> {
	const parsed = parseUri(uri);
	const timeoutMs = options.timeoutMs ?? 60_000;
	const deadline = new AbortController();
	const timer = setTimeout(() => deadline.abort(new ConnectFailed('timeout', uri, `No answer from libvirtd for ${uri} within ${timeoutMs} ms`)), timeoutMs);
	const signal = options.signal === undefined ? deadline.signal : AbortSignal.any([options.signal, deadline.signal]);
	try {
		const transport = await openTransport(parsed, options, signal);
		options.trace?.(`connected to ${transport.description}`);
		const channel = new Channel(transport, options);
		try {
			await greet(parsed, channel, {readonly: options.readonly ?? false, signal});
		} catch (error) {
			channel.shutdown({kind: 'closed', message: 'The connection was not opened', cause: error});
			throw error;
		}

		return new Connection(uri, channel);
	} finally {
		clearTimeout(timer);
	}
}

async function openTransport(uri: LibvirtUri, options: OpenOptions, signal: AbortSignal): Promise<Transport> {
	switch (uri.transport) {
		case 'unix':
			return openUnixTransport(uri, {
				readonly: options.readonly ?? false,
				environment: options.environment ?? process.env,
				uid: process.getuid?.() ?? 0,
				signal,
			});

		case 'ssh':
		case 'tls':
		case 'tcp':
		case 'libssh':
		case 'libssh2':
		case 'ext':
			throw new ConnectFailed('transport', uri.text, `The transport '${uri.transport}' of ${uri.text} is not supported`);
	}
}

/** AUTH_LIST and OPEN, sent together. Where libvirtd took OPEN up before it had let us in, OPEN is sent again. */
async function greet(uri: LibvirtUri, channel: Channel, {readonly, signal}: {readonly readonly: boolean; readonly signal: AbortSignal}): Promise<void> {
	const open = (): Promise<void> => channel.call(procedures.open, [uri.name, readonly ? readonlyFlag : 0], {signal});
	const accepted = channel.call(procedures.authList, [], {signal});
	const opened = open();
	opened.catch(() => undefined);
	authenticate(uri, await accepted);
	try {
		await opened;
	} catch (error) {
		if (!hasCode(error, errorCodes.rpc) && !hasCode(error, errorCodes.authFailed)) {
			throw error;
		}

		await open();
	}
}

function authenticate(uri: LibvirtUri, types: readonly number[]): void {
	if (types.length === 0 || types.includes(authTypes.none)) {
		return;
	}

	const wanted = types.includes(authTypes.polkit)
		? 'polkit, which this program cannot answer yet'
		: types.includes(authTypes.sasl)
			? 'SASL, which this program does not know'
			: `the unknown kind ${types.join(', ')}`;
	throw new ConnectFailed('auth', uri.text, `libvirtd wants authentication for ${uri.text} by ${wanted}`);
}

/** Whether nobody answers for a URI, so that another one may be tried. */
export function isUnreachable(error: unknown): boolean {
	return error instanceof ConnectFailed && (error.problem === 'absent' || error.problem === 'refused');
}

/** Whether an error is libvirtd's with this number. */
export function hasCode(error: unknown, code: number): error is LibvirtError {
	return error instanceof LibvirtError && error.code === code;
}

/** Whether an error tells that the connection has ended. */
export function isConnectionLost(error: unknown): error is ConnectionLost {
	return error instanceof ConnectionLost;
}
