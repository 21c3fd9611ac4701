import {existsSync, statSync} from 'node:fs';
import {connect, type Socket} from 'node:net';
import {dirname, join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../core/clock-ms.ts';
import {ShellError} from '../../core/errors.ts';
import {isCode} from '../../core/is-code.ts';
import {onceClosed} from '../../core/stream-ends.ts';
import {readOwnerRecord} from '../guest/state/state-directory.ts';
import type {StartOptions} from '../types.ts';
import {isDead} from '../host/process-identity.ts';
import {errorOf, receiveLines, sendLine, type ClientLine, type ControlRequest, type OwnerLine} from './control-line.ts';
import {isOwnerLine} from './parse-line.ts';

/** How long the owner of a sandbox may take to answer, in ms. */
export const answerMs = 20_000;

/** A sandbox in the foreground lets others in a moment after its command has begun (serve-others.ts). In ms: how long that may take, how old such a sandbox is at most, and between two looks. */
const door = {most: 1000, young: 5000, step: 10};

export type ConverseOptions = Pick<StartOptions, 'signal' | 'trace'>;

/** A conversation with the owner of a sandbox. */
export interface Conversation {
	/** The next line; rejects with what the owner tells as an error, or when it has gone. */
	next(): Promise<OwnerLine>;
	/** The first line: rejects at an abort too, and when none comes, since an owner may be stopped. */
	answer(): Promise<OwnerLine>;
	/** `onSent`: the line has gone, or nothing goes any more. */
	say(line: ClientLine, onSent?: () => void): void;
	/** Stops (true) or goes on (false) reading what the owner sends. */
	hold(held: boolean): void;
	/** Closes at an abort; gives what ends that. */
	closeOnAbort(): () => void;
	close(): void;
}

/** Asks whoever listens there: the owner of a sandbox, or of a console of it. Rejects with a ShellError `unavailable` when there is none, `not-found` when the sandbox has ended. */
export async function converse(path: string, request: ControlRequest, {signal}: ConverseOptions): Promise<Conversation> {
	signal?.throwIfAborted();
	let told: ShellError | undefined;
	// Looked at when it is: an owner may be killed during a conversation.
	const gone = (): ShellError => (told ??= describeGone(dirname(path)));
	const socket = await knock(path, gone, signal);
	const lines: OwnerLine[] = [];
	const waiting: Array<PromiseWithResolvers<OwnerLine>> = [];
	let isGone = false;
	const leave = (): void => {
		isGone = true;
		for (const each of waiting.splice(0)) each.reject(gone());
	};
	socket.on('error', leave);
	onceClosed(socket, leave);
	const give = (line: OwnerLine, {resolve, reject}: PromiseWithResolvers<OwnerLine>): void => (line.tell === 'error' ? reject(errorOf(line)) : resolve(line));
	receiveLines(socket, (line) => {
		if (!isOwnerLine(line)) {
			// Whoever waits hears that it has gone.
			socket.destroy();
			return;
		}
		const first = waiting.shift();
		if (first === undefined) lines.push(line);
		else give(line, first);
	});
	const next = (): Promise<OwnerLine> => {
		const waiter = Promise.withResolvers<OwnerLine>();
		const line = lines.shift();
		if (line !== undefined) give(line, waiter);
		else if (isGone) waiter.reject(gone());
		else waiting.push(waiter);
		return waiter.promise;
	};
	sendLine(socket, request);
	return {
		next,
		answer: () => inTime(next(), socket, gone, signal),
		say: (line, onSent) => sendLine(socket, line, onSent),
		hold: (held) => void (held ? socket.pause() : socket.resume()),
		closeOnAbort() {
			const close = (): void => void socket.destroy();
			signal?.addEventListener('abort', close, {once: true});
			return () => signal?.removeEventListener('abort', close);
		},
		close: () => void socket.destroy(),
	};
}

/** A young owner's door may not be there yet; or, where a keeper was killed, it is that one's still, and nobody listens there. */
async function knock(path: string, gone: () => ShellError, signal: AbortSignal | undefined): Promise<Socket> {
	for (const until = clockMs() + door.most; ; await wait(door.step, undefined, {signal})) {
		const socket = connect(path);
		try {
			await inTime(connected(socket), socket, gone, signal);
			return socket;
		} catch (error) {
			if (!isCode(error, 'ECONNREFUSED') && !isCode(error, 'ENOENT')) throw error instanceof ShellError || signal?.aborted === true ? error : gone();
			if (!isYoung(dirname(path)) || clockMs() > until) throw gone();
		}
	}
}

function isYoung(statePath: string): boolean {
	const owner = statSync(join(statePath, 'owner'), {throwIfNoEntry: false});
	return owner !== undefined && Date.now() - owner.mtimeMs < door.young;
}

/** Why its owner does not answer: that it was killed is to be seen. */
function describeGone(statePath: string): ShellError {
	const record = readOwnerRecord(statePath);
	if (record === undefined && !existsSync(statePath)) return new ShellError('not-found', 'The sandbox has ended');
	return record !== undefined && isDead(record)
		? new ShellError('unavailable', `The process that kept the sandbox was killed (${record.owner.pid})`, {
				hint: 'The next command gives a container a new keeper; a machine takes no more commands: `log` reads what it said, `stop` or `destroy` ends it',
			})
		: new ShellError('unavailable', 'The process that owns the sandbox does not answer', {hint: 'If it was killed, `destroy` ends the sandbox'});
}

function connected(socket: Socket): Promise<void> {
	const done = Promise.withResolvers<void>();
	socket.once('connect', done.resolve);
	socket.once('error', done.reject);
	return done.promise;
}

/** Waits no longer than an answer may take, and not beyond an abort; then the socket is closed. */
async function inTime<T>(work: Promise<T>, socket: Socket, gone: () => ShellError, signal: AbortSignal | undefined): Promise<T> {
	const over = Promise.withResolvers<never>();
	const giveUp = (reason: unknown): void => {
		over.reject(reason);
		socket.destroy();
	};
	const timer = setTimeout(() => giveUp(gone()), answerMs);
	const abort = (): void => giveUp(signal?.reason);
	signal?.addEventListener('abort', abort, {once: true});
	try {
		return await Promise.race([work, over.promise]);
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener('abort', abort);
	}
}

/** The line as the one that was asked for; throws for another one. */
export function expect<Tell extends OwnerLine['tell']>(line: OwnerLine, tell: Tell): Extract<OwnerLine, {tell: Tell}> {
	if (line.tell !== tell) {
		throw new ShellError('failed', 'The sandbox’s owner gave an answer that was not asked for', {hint: 'Is it of another version?'});
	}
	return line as Extract<OwnerLine, {tell: Tell}>;
}
