import {closeSync, constants, openSync, renameSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {safeText} from '../../../core/text.ts';
import type {OutputCounts} from '../../machine/ports/machine-line.ts';
import {networkFatalWords, type FatalWords} from '../network-script.ts';
import type {StateDirectory} from '../state/state-directory.ts';
import {openFifoReader} from './fifo.ts';
import {createLineSplitter, parseGuestLine, parseNameServers} from './guest-line.ts';

/** What the init tells of a session that was killed, and cannot tell its end itself. */
const untoldStatus = 137;

/** From the host to the guest, and back. */
export const controlNames = ['ctl.in', 'ctl.out'] as const;

/** What becomes of one session, as the init tells it. */
export interface SessionProgress {
	/** All streams of the session are open on the guest's side. */
	readonly ready: Promise<void>;
	readonly exited: Promise<number>;
	/** How much came out of it, where streams have no end of their own: comes after the exit, when all has that the command left behind. */
	readonly counts?: Promise<OutputCounts | undefined>;
}

/** The same, as the owner of a sandbox hears it. */
export interface FollowedSession extends SessionProgress {
	/** The guest has the command's program, and can execute it. */
	readonly found: Promise<void>;
}

/** The lines between a host and the init of its sandbox. */
export interface ControlChannel {
	/** Words of one line; the guest takes numbers only. */
	send(...words: ReadonlyArray<string | number>): void;
	/** Must be called before the session can begin. `directory`: where its command has to start, to be named when the guest lacks it. */
	follow(session: number, directory?: string): FollowedSession;
	/** The init has gone, and with it the guest. */
	readonly ended: Promise<void>;
	/** All is written to the images that the guest may write to, as its init says last of all. */
	readonly left: Promise<void>;
	/** The sandbox is known to be gone though its end was not seen: whoever waits fails. */
	abandon(reason: ShellError): void;
	/** From now on an end of the guest has this reason. */
	expectEnd(reason: ShellError): void;
	close(): void;
}

/** `isAgain`: an earlier session had this number: of that the init may tell once more that it was killed, before this one is ready. */
function makeFollower(directory: string | undefined, isAgain: boolean) {
	return {
		ready: Promise.withResolvers<void>(),
		found: Promise.withResolvers<void>(),
		exited: Promise.withResolvers<number>(),
		directory,
		isAgain,
		isReady: false,
	};
}

/** The same for a container, whose init waits for its limits. */
export interface ContainerControl extends ControlChannel {
	/** It has been told to go, and writes out its images first. */
	readonly leaving: Promise<void>;
	/** Lets the init begin, once it has both FIFOs open and they have no names any more, by which a command could open them. */
	go(): void;
}

interface ControlOptions {
	readonly onNameServers?: (servers: readonly string[]) => void;
	/** The guest has begun, with another process that was its owner. */
	readonly isTakenOver?: boolean;
}

/**
 * Opens the control FIFOs of a state directory, in its `io`, before the guest is created. Once that has them they are moved out of its sight,
 * for who takes the guest over.
 */
export function openControlChannel(
	{path, io}: Pick<StateDirectory, 'path' | 'io'>,
	{onNameServers, isTakenOver = false}: ControlOptions = {},
): ContainerControl {
	const [inPath = '', outPath = ''] = controlNames.map((name) => join(isTakenOver ? path : io, name));
	const fd = openSync(inPath, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOFOLLOW);
	const reader = openFifoReader(outPath);
	const followers = new Map<number, ReturnType<typeof makeFollower>>();
	const ended = Promise.withResolvers<void>();
	const parting = {leaving: Promise.withResolvers<void>(), left: Promise.withResolvers<void>()};
	let isReady = isTakenOver;
	let isHere = isTakenOver;
	if (isTakenOver) reader.release();
	let mayBegin = false;
	let endReason: ShellError | undefined;
	let isClosed = false;
	const write = (line: string): void => {
		if (isClosed) return;
		try {
			writeSync(fd, `${line}\n`);
		} catch {
			// Full: the init does not read any more. Its end is noticed elsewhere.
		}
	};
	const begin = (): void => {
		if (isHere && mayBegin) write('go');
	};

	const failAll = (reason: ShellError): void => {
		for (const {ready, exited} of followers.values()) {
			ready.reject(reason);
			exited.reject(reason);
		}
	};
	const splitLines = createLineSplitter((line) => {
		if (line === 'here' && !isHere) {
			isHere = true;
			reader.release();
			for (const name of controlNames) renameSync(join(io, name), join(path, name));
			begin();
			return;
		}
		if (line === 'leaving' || line === 'left') {
			parting[line].resolve();
			return;
		}
		const servers = isReady ? undefined : parseNameServers(line);
		if (servers !== undefined) {
			onNameServers?.(servers);
			return;
		}
		const said = parseGuestLine(line);
		const follower = said === undefined ? undefined : followers.get(said.session);
		if (said === undefined || follower === undefined) return;
		switch (said.verb) {
			case 'ready':
				isReady = true;
				follower.isReady = true;
				follower.ready.resolve();
				break;
			case 'found':
				follower.found.resolve();
				break;
			case 'exit':
				if (follower.isReady || !follower.isAgain || said.status !== untoldStatus) follower.exited.resolve(said.status);
				break;
			case 'fatal': {
				const {word} = said;
				const error = word === 'writable' ? leftWritable('a mount of the container') : explainFatal(word, follower.directory, fatalWords);
				follower.ready.reject(error);
				follower.exited.reject(error);
				break;
			}
		}
	});
	reader.stream.setEncoding('latin1');
	reader.stream.on('data', splitLines);
	reader.stream.on('error', () => undefined);
	reader.stream.once('close', () => {
		failAll(endReason ?? new ShellError('failed', 'The sandbox ended before its command’s status was known'));
		ended.resolve();
	});

	return {
		go() {
			mayBegin = true;
			begin();
		},
		send: (...words) => write(words.join(' ')),
		follow(session, directory) {
			const follower = makeFollower(directory, followers.has(session));
			follower.ready.promise.catch(() => undefined);
			follower.exited.promise.catch(() => undefined);
			followers.set(session, follower);
			return {ready: follower.ready.promise, found: follower.found.promise, exited: follower.exited.promise};
		},
		ended: ended.promise,
		leaving: parting.leaving.promise,
		left: parting.left.promise,
		abandon: failAll,
		expectEnd: (reason) => (endReason = reason),
		close() {
			if (isClosed) return;
			isClosed = true;
			closeSync(fd);
			reader.release();
			reader.stream.destroy();
		},
	};
}

export function leftWritable(what: string): ShellError {
	return new ShellError('failed', `libvirt could not make ${what} read-only, and left it writable`, {
		hint: 'With mapped ids it cannot where the source is mounted nosuid, nodev or noexec: bind from elsewhere, or leave the idmap out',
	});
}

const fatalWords: FatalWords = {
	processes: ['The command could not be started: the sandbox has reached its limit of processes', 'End some of them, or give the sandbox more with --pids'],
	terminal: [
		'The terminal cannot be opened in the sandbox',
		'An earlier command may have taken it for itself: run the command without a terminal, or start the sandbox anew',
	],
	ram: ['A ram could not get its mode and owner: something else is in its place by now', 'Mount it where nobody else writes'],
	include: [
		'A file could not be copied into the sandbox',
		'Check that its user may read it and write to where it goes, that the mount there has room, that no link is on the way and no directory in the place of a file, and that nobody changes what is copied',
	],
};

/** Why an init gave up. `directory`: where the command was to start. */
export function explainFatal(word: string, directory: string | undefined, words: FatalWords): ShellError {
	if (word === 'directory') {
		const name = directory === undefined ? '' : `${safeText(directory)}, `;
		return new ShellError('not-found', `The guest does not have the directory ${name}that the command is to start in`, {
			hint: 'Mount it, or choose another with --cwd',
		});
	}
	const [message = 'The guest’s init gave up', hint] = [words, networkFatalWords].find((each) => Object.hasOwn(each, word))?.[word] ?? [];
	return new ShellError('failed', message, {hint});
}
