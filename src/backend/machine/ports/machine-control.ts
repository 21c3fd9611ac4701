import {ShellError} from '../../../core/errors.ts';
import {explainFatal, type ControlChannel, type FollowedSession, type SessionProgress} from '../../guest/streams/control-channel.ts';
import {createLineSplitter} from '../../guest/streams/guest-line.ts';
import type {FatalWords} from '../../guest/network-script.ts';
import type {SessionFile} from '../../guest/program/session-files.ts';
import {parseMachineLine, timeBytes, type OutputCounts} from './machine-line.ts';
import type {Port} from './port.ts';

export interface MachineProgress extends SessionProgress {
	readonly counts: Promise<OutputCounts>;
	/** Nobody reads the command's input any more. */
	readonly inputClosed: Promise<void>;
}

/** The lines between a host and the init of its machine. */
export interface MachineControl extends ControlChannel {
	follow(session: number, directory?: string): MachineProgress & FollowedSession;
	/** The kernel and its ports work: the init has begun. */
	readonly hello: Promise<void>;
	/** The guest has put its root together. */
	readonly rooted: Promise<void>;
	/** Whether its kernel has ended a process for want of memory since this was last asked, as far as failed commands told. */
	hasRunOut(): boolean;
	/** Begins a further session, by its files, at a place: the ports of a slot, or of a terminal. */
	spawn(session: number, place: string, files: readonly SessionFile[]): void;
}

function makeFollower(directory: string | undefined) {
	return {
		ready: Promise.withResolvers<void>(),
		found: Promise.withResolvers<void>(),
		exited: Promise.withResolvers<number>(),
		counts: Promise.withResolvers<OutputCounts>(),
		inputClosed: Promise.withResolvers<void>(),
		directory,
		hasEnded: false,
	};
}
type Follower = ReturnType<typeof makeFollower>;

/** Speaks over the control port. */
export function openMachineControl(port: Port): MachineControl {
	const followers = new Map<number, Follower>();
	const ended = Promise.withResolvers<void>();
	const hello = Promise.withResolvers<void>();
	const rooted = Promise.withResolvers<void>();
	let hasRunOut = false;
	const left = Promise.withResolvers<void>();
	/** Processes that the kernel has ended. */
	let killed = 0;
	let isClosed = false;
	let endReason: ShellError | undefined;
	/** Lines for the init. They wait until it has asked for the time: process 1 would take them for that. */
	const pending: Uint8Array[] = [];
	let write: ((data: Uint8Array) => void) | undefined;

	const fail = (follower: Follower, reason: ShellError): void => {
		for (const each of [follower.ready, follower.exited, follower.counts]) each.reject(reason);
	};
	const failAll = (reason: ShellError): void => {
		for (const follower of followers.values()) fail(follower, reason);
	};
	const splitLines = createLineSplitter((line) => {
		const said = parseMachineLine(line);
		if (said === undefined) return;
		if (!('session' in said)) {
			if (said.verb === 'clock') tellTime();
			else ({hello, root: rooted, left})[said.verb].resolve();
			return;
		}
		const follower = followers.get(said.session);
		if (follower === undefined) return;
		switch (said.verb) {
			case 'ready':
				follower.ready.resolve();
				break;
			case 'found':
				follower.found.resolve();
				break;
			case 'memory':
				hasRunOut ||= said.killed > killed;
				killed = said.killed;
				break;
			case 'closed':
				follower.inputClosed.resolve();
				break;
			case 'exit':
				follower.hasEnded = true;
				follower.exited.resolve(said.status);
				break;
			case 'wrote':
				// What still goes on has not written all.
				if (follower.hasEnded) follower.counts.resolve(said.counts);
				break;
			case 'fatal':
				fail(follower, explainFatal(said.word, follower.directory, fatalWords));
				break;
			default:
				said satisfies never;
		}
	});
	void port.socket.then((socket) => {
		socket.setEncoding('latin1');
		socket.on('data', splitLines);
		socket.once('end', () => socket.destroy());
		socket.once('close', () => {
			isClosed = true;
			failAll(endReason ?? new ShellError('failed', 'The machine ended before its command’s status was known'));
			ended.resolve();
		});
		socket.resume();
	});
	let isTold = false;
	const tellTime = (): void => {
		if (isTold) return;
		isTold = true;
		void port.socket.then((socket) => {
			write = (data) => void socket.write(data);
			for (const data of [timeNow(), ...pending.splice(0)]) write(data);
		});
	};
	const say = (data: Uint8Array): void => {
		if (isClosed) return;
		if (write === undefined) pending.push(data);
		else write(data);
	};
	return {
		send: (...words) => say(Buffer.from(`${words.join(' ')}\n`)),
		hasRunOut() {
			const told = hasRunOut;
			hasRunOut = false;
			return told;
		},
		left: left.promise,
		spawn(session, place, files) {
			const lengths = files.map(({data}) => data.length).join(' ');
			say(Buffer.concat([Buffer.from(`spawn ${session} ${place} ${lengths}\n`), ...files.map(({data}) => data)]));
		},
		follow(session, directory) {
			const follower = makeFollower(directory);
			for (const each of [follower.ready, follower.exited, follower.counts]) each.promise.catch(() => undefined);
			followers.set(session, follower);
			const {ready, found, exited, counts, inputClosed} = follower;
			return {ready: ready.promise, found: found.promise, exited: exited.promise, counts: counts.promise, inputClosed: inputClosed.promise};
		},
		hello: hello.promise,
		rooted: rooted.promise,
		ended: ended.promise,
		abandon: failAll,
		expectEnd: (reason) => (endReason = reason),
		close() {
			isClosed = true;
			port.close();
		},
	};
}

/** As the kernel has it: seconds and nanoseconds. */
function timeNow(): Buffer {
	const now = Date.now();
	const time = Buffer.alloc(timeBytes);
	time.writeBigInt64LE(BigInt(Math.floor(now / 1000)), 0);
	time.writeBigInt64LE(BigInt((now % 1000) * 1_000_000), 8);
	return time;
}

const fatalWords: FatalWords = {
	share: ['The guest could not mount a directory of the host', 'The boot log says which one; check whether virtiofsd runs'],
	mount: ['The guest could not put its root together', 'The boot log says what was in the way'],
	link: ['The guest found a link that the plan has not seen, and mounts nothing by it', 'Name the place itself'],
	image: ['The guest could not mount an image', 'Check whether it holds a file system, and give its format'],
	overlay: ['The guest could not mount an overlay', 'Its upper directory must be one that may be written to'],
	include: [
		'The guest could not copy a file in',
		'Is the mount that holds its target large enough? Directories take a kernel of 5.14 or later, and that nobody changes them meanwhile',
	],
	disk: ['The guest does not see one of its disks', 'Look at the boot log'],
	terminal: [
		'The guest has no terminal for the command',
		'A kernel of Linux 5 and newer with /dev/pts is needed; what runs in the machine as root may also have ended what serves it',
	],
	port: [
		'The guest cannot open its own ports',
		'The boot log says which; where it sees none, choose another kernel with --kernver. What runs in the machine as root may also have ended what serves them',
	],
};
