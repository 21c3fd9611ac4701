import {Channel, type ChannelOptions} from './channel.ts';
import {Connection} from './connection.ts';
import {startDeadline, type Deadline} from './deadline.ts';
import {ConnectFailed, ConnectionLost, LibvirtError} from './errors.ts';
import {greet} from './transport/greet.ts';
import type {KeepaliveOptions} from './keepalive.ts';
import {keepaliveDefault} from './transport/keepalive-default.ts';
import {procedures} from './procedures.ts';
import {openUnixTransport} from './transport/transport-unix.ts';
import type {Transport} from './transport/transport.ts';
import {parseUri, type Environment, type LibvirtUri} from './transport/uri.ts';

export interface OpenOptions extends ChannelOptions {
	readonly readonly?: boolean | undefined;
	readonly signal?: AbortSignal | undefined;
	/** For the opening as a whole; default 60 s. A person who is asked for a password has two minutes at least. */
	readonly timeoutMs?: number | undefined;
	/** Default: the process's own. */
	readonly environment?: Environment | undefined;
	/** Whose sockets they are. Default: the process's own user. */
	readonly uid?: number | undefined;
	/** Notice a daemon that is there but dead. Default: over ssh every 5 s, else not; false: never. */
	readonly keepalive?: KeepaliveOptions | false | undefined;
	/** For callers that own the terminal: neither ssh nor polkit may ask there. */
	readonly batch?: boolean | undefined;
}

/** How long a person may take to answer. */
const personMs = 120_000;

/** Opens a libvirt URI. Rejects with ConnectFailed, LibvirtError (libvirtd refuses the URI), ConnectionLost or the signal's reason. */
export async function openConnection(uri: string, options: OpenOptions = {}): Promise<Connection> {
	const parsed = parseUri(uri);
	const tooLate = (ms: number): ConnectFailed => new ConnectFailed('timeout', uri, `No answer from libvirtd for ${uri} within ${ms} ms`);
	const deadline = startDeadline(options.timeoutMs ?? 60_000, tooLate, options.signal);
	const open = (): Promise<Connection> => openOnce(parsed, options, deadline);
	try {
		return await open();
	} catch (error) {
		if (!isPolkitRefusal(error)) {
			throw error;
		}

		const [{retryWithPolkitAgent}, {hasTerminal}] = await Promise.all([import('./transport/polkit.ts'), import('./transport/terminal.ts')]);
		return await retryWithPolkitAgent(parsed, error, open, {
			batch: options.batch ?? false,
			hasTerminal,
			environment: options.environment ?? process.env,
			signal: deadline.signal,
			isRefusal: isPolkitRefusal,
		});
	} finally {
		deadline.clear();
	}
}

async function openOnce(uri: LibvirtUri, options: OpenOptions, deadline: Deadline): Promise<Connection> {
	const transport = await openTransport(uri, options, deadline);
	options.trace?.(`connected to ${transport.description}`);
	const isRemote = uri.transport !== 'unix';
	const channel = new Channel(transport, options);
	try {
		await greet(uri, channel, {
			readonly: options.readonly ?? false,
			signal: deadline.signal,
			watched: isRemote,
			onQuestion: () => deadline.extend(personMs),
		});
	} catch (error) {
		channel.shutdown({kind: 'closed', message: 'The connection was not opened', cause: error});
		throw isRemote ? explainRemote(uri, error) : error;
	}

	// Not before: a person may be typing a password for ssh.
	const keepalive = options.keepalive ?? (isRemote ? keepaliveDefault : false);
	if (keepalive !== false) {
		channel.watch(keepalive);
	}

	return new Connection(uri.text, channel, {goodbyeMs: isRemote ? 2000 : 250});
}

async function openTransport(uri: LibvirtUri, options: OpenOptions, deadline: Deadline): Promise<Transport> {
	const environment = options.environment ?? process.env;
	const readonly = options.readonly ?? false;
	switch (uri.transport) {
		case 'unix':
			return openUnixTransport(uri, {readonly, environment, uid: options.uid ?? process.getuid?.() ?? 0, signal: deadline.signal});

		case 'ssh': {
			const [{openSshTransport}, {hasTerminal}] = await Promise.all([import('./transport/transport-ssh.ts'), import('./transport/terminal.ts')]);
			deadline.signal.throwIfAborted();
			const batch = options.batch ?? false;
			if (!batch && hasTerminal()) {
				deadline.extend(personMs);
			}

			return openSshTransport(uri, {readonly, batch, environment, trace: options.trace});
		}

		case 'tls':
		case 'tcp':
		case 'libssh':
		case 'libssh2':
		case 'ext':
			throw new ConnectFailed(
				'transport',
				uri.text,
				`The transport '${uri.transport}' of ${uri.text} is not supported`,
				undefined,
				`Write ${uri.driver}+ssh://${uri.host ?? 'HOST'}${uri.path}`,
			);
	}
}

/** The end of a connection that was never open is told by what ended it. */
function explainRemote(uri: LibvirtUri, error: unknown): unknown {
	if (!(error instanceof ConnectionLost)) {
		return error;
	}

	const {kind, cause, message} = error.reason;
	if (cause instanceof ConnectFailed) {
		return cause;
	}

	const hint = kind === 'protocol' ? 'Nothing may be printed there by the login scripts of the user' : `Try it by hand: ssh ${uri.host ?? ''}`;
	return new ConnectFailed('socket', uri.text, `${uri.host ?? uri.text} did not lead to a libvirtd: ${message}`, error, hint);
}

function isPolkitRefusal(error: unknown): error is LibvirtError {
	return error instanceof LibvirtError && error.procedure === procedures.authPolkit.name;
}

/** Whether an error tells that the connection has ended. */
export function isConnectionLost(error: unknown): error is ConnectionLost {
	return error instanceof ConnectionLost;
}
