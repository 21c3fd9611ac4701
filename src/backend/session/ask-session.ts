import {ShellError} from '../../core/errors.ts';
import {isCode} from '../../core/is-code.ts';
import {within} from '../../core/within.ts';
import type {SessionProgress} from '../guest/streams/control-channel.ts';
import type {OutputCounts} from '../machine/ports/machine-line.ts';
import {openPipeSession, openTerminalSession, type TerminalControl, type TerminalSession} from '../guest/streams/session-streams.ts';
import type {Connection} from '../libvirt/index.ts';
import type {GuestSession, StartOptions} from '../types.ts';
import type {StreamsPlace} from '../start/running-sandbox.ts';
import {usualSize} from '../types.ts';
import type {OwnerLine, SessionRequest} from './control-line.ts';
import {converse, expect, type Conversation, type ConverseOptions} from './converse.ts';
import {openDirectly} from './open-directly.ts';
import {controlPath} from './serve-control.ts';
import {shareTerminal} from './share-terminal.ts';

/** How long a sandbox that has answered may take to begin a command, in ms. */
const beginMs = 30_000;

/** Runs a further command in a sandbox. */
export async function askSession(
	statePath: string,
	session: SessionRequest,
	options: ConverseOptions & Pick<StartOptions, 'sinks'>,
	longestMs = beginMs,
): Promise<GuestSession> {
	const conversation = await converse(controlPath(statePath), {ask: 'session', session}, options);
	const forget = conversation.closeOnAbort();
	let held: Connection | undefined;
	let leave = (): void => undefined;
	try {
		const {number, terminal, place} = expect(await conversation.answer(), 'session');
		const read = Promise.withResolvers<void>();
		const {progress, exited, ended, outOfMemory} = followSession(conversation, {
			isCounted: place.kind === 'sockets' && terminal === undefined,
			read: terminal === undefined ? undefined : read.promise,
		});
		const control: TerminalControl = {
			ended,
			send(verb, ...numbers) {
				const [, second = 0, third = 0] = numbers.map(Number);
				if (verb === 'signal') conversation.say({say: 'signal', signal: second});
				else if (verb === 'resize') conversation.say({say: 'resize', size: {rows: second, columns: third}});
			},
		};
		const joined = await joinStreams(place, {number, terminal, options}, control, progress);
		held = joined.connection;
		void joined.drained?.then(() => {
			void held?.close();
			// Else the owner empties it.
			if (joined.isEmpty?.() === true) conversation.say({say: 'done'});
			read.resolve();
		});
		// From its first byte on.
		const own = {...joined.session, exited};
		const shared = terminal === undefined ? own : shareTerminal(own, statePath, {name: terminal.name, size: session.size ?? usualSize});
		leave = () => {
			for (const stream of [shared.stdin, shared.stdout, shared.stderr]) stream?.destroy();
		};
		conversation.say({say: 'go'});
		if (!(await within(progress.ready, longestMs))) {
			throw new ShellError('unavailable', `The sandbox did not begin the command within ${longestMs / 1000} s`, {
				hint: 'An earlier command may have spoilt its ports or consoles, or the sandbox has stopped: if another command fails too, start it anew',
			});
		}
		return {...shared, outOfMemory};
	} catch (error) {
		leave();
		await held?.close();
		conversation.close();
		options.signal?.throwIfAborted();
		// Its directory went between the owner's answer and our look.
		throw isCode(error, 'ENOENT') ? new ShellError('not-found', 'The sandbox has ended', {cause: error}) : error;
	} finally {
		forget();
	}
}

interface JoinOptions {
	readonly number: number;
	readonly terminal: Extract<OwnerLine, {tell: 'session'}>['terminal'];
	readonly options: ConverseOptions & Pick<StartOptions, 'sinks'>;
}

interface JoinedStreams extends Partial<Pick<TerminalSession, 'drained' | 'isEmpty'>> {
	readonly session: GuestSession;
	readonly connection?: Connection;
}

/** Opens our ends of a session's streams. The connection lasts as long as they do. */
async function joinStreams(
	place: StreamsPlace,
	{number, terminal, options}: JoinOptions,
	control: TerminalControl,
	progress: SessionProgress,
): Promise<JoinedStreams> {
	const {sinks} = options;
	switch (place.kind) {
		case 'pipes':
			return {session: openPipeSession(place.directory, {number, sinks}).join(control, progress)};
		case 'libvirt': {
			const {tty, mark} = terminal ?? {tty: 0, mark: ''};
			const {connection, console} = await openDirectly(place.uri, place.uuid, tty, options);
			return {...openTerminalSession(control, progress, {number, tty, mark, console}), connection};
		}
		case 'sockets': {
			const {joinSockets} = await import('../machine/ports/relayed-session.ts');
			return joinSockets(place.directory, {number, terminal, sinks}, control, progress);
		}
		default:
			return place satisfies never;
	}
}

/** What the owner tells of a session. Its streams go by what the guest said: an end by our own order has a status, and no proof that all is here. */
interface FollowedSession {
	readonly progress: SessionProgress;
	readonly exited: Promise<number>;
	/** The end of the sandbox, as far as that is known: the owner has gone before it told the status. */
	readonly ended: Promise<void>;
	readonly outOfMemory: () => number | undefined;
}

interface FollowOptions {
	/** Its streams have no end of their own. */
	readonly isCounted: boolean;
	/** A terminal that the owner is told of when it is read. */
	readonly read: Promise<void> | undefined;
}

function followSession(conversation: Conversation, {isCounted, read}: FollowOptions): FollowedSession {
	const ready = Promise.withResolvers<void>();
	const exited = Promise.withResolvers<number>();
	const told = Promise.withResolvers<number>();
	const counts = Promise.withResolvers<OutputCounts | undefined>();
	let ranOut: number | undefined;
	const broken = Promise.withResolvers<void>();
	const fail = (error: unknown): void => {
		for (const each of [ready, exited, told, counts]) each.reject(error);
	};
	for (const each of [ready, exited, told, counts]) each.promise.catch(() => undefined);
	const follow = async (): Promise<void> => {
		for (;;) {
			const line = await conversation.next();
			if (line.tell === 'ready') {
				ready.resolve();
			} else if (line.tell === 'exit') {
				ready.resolve();
				ranOut = line.outOfMemory;
				exited.resolve(line.status);
				if (line.isOrdered === true) return fail(new ShellError('failed', 'The sandbox was ended by our own order'));
				told.resolve(line.status);
				if (!isCounted) return;
			} else if (line.tell === 'wrote') {
				counts.resolve(line.counts);
				return;
			}
		}
	};
	follow()
		.then(() => read)
		.catch((error: unknown) => {
			fail(error);
			broken.resolve();
		})
		.finally(() => conversation.close());
	return {
		progress: {ready: ready.promise, exited: told.promise, counts: counts.promise},
		exited: exited.promise,
		ended: broken.promise,
		outOfMemory: () => ranOut,
	};
}
