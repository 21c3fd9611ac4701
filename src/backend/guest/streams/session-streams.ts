import {join} from 'node:path';
import {Writable, type Duplex} from 'node:stream';
import {lostTerminal} from '../../../core/lost-output.ts';
import {onceOver} from '../../../core/stream-ends.ts';
import type {GuestSession, StartOptions} from '../../types.ts';
import type {ControlChannel, SessionProgress} from './control-channel.ts';
import {EndMarkFilter} from './end-mark.ts';
import {FifoWriter, openOutputReader} from './fifo.ts';
import {onSilence, tickMs, type Silence} from './silence.ts';

/**
 * How long a terminal whose mark is still to come may be silent, in ms: after its command's end, where a busy libvirtd may be seconds behind ·
 * when our end of it has closed and nothing is told of the command · when nothing more is to come.
 */
const silentMs = {told: 20_000, closed: 2000, over: 500};

/** How much later than the init's end its other processes may have theirs, in ms: the kernel kills them then. */
const dyingMs = 100;

/** What a session needs of the lines between host and guest; another process has them by the owner. */
export type TerminalControl = Pick<ControlChannel, 'send' | 'ended'>;

type Sinks = StartOptions['sinks'];

/** The FIFOs of a session with pipes, below a state directory's `io`. */
export function pipeNames(number: number): string[] {
	return ['in', 'out', 'err'].map((stream) => `${number}.${stream}`);
}

/**
 * Opens the host's ends of a session's pipes before anything is known of the guest: their FIFOs exist, and it has not opened them. `hasInput`: the
 * command has its input already.
 */
export function openPipeSession(
	ioDirectory: string,
	{number, sinks, hasInput = false}: {readonly number: number; readonly sinks?: Sinks; readonly hasInput?: boolean},
): {join(control: TerminalControl, progress: SessionProgress): GuestSession} {
	const [inName = '', outName = '', errName = ''] = pipeNames(number);
	const stdin = hasInput ? nobody() : new FifoWriter(join(ioDirectory, inName));
	const stdout = openOutputReader(join(ioDirectory, outName), sinks?.stdout);
	const stderr = openOutputReader(join(ioDirectory, errName), sinks?.stderr);
	const release = (): void => {
		if (stdin instanceof FifoWriter) stdin.connect();
		stdout.release();
		stderr.release();
	};
	return {
		join(control, progress) {
			progress.ready.then(release, release);
			const forget = (): void => void stdin.destroy();
			control.ended.then(forget, forget);
			progress.exited.then(forget, forget);
			const finish = (): void => {
				stdout.finish();
				stderr.finish();
			};
			// Whoever was handed an end of them may have that for ever.
			const finishSoon = (): void => void setTimeout(finish, dyingMs).unref();
			control.ended.then(finishSoon, finishSoon);
			return {
				stdin,
				stdout: stdout.stream,
				stderr: stderr.stream,
				kill: (signal) => control.send('signal', number, signal),
				resize: () => undefined,
				exited: progress.exited,
			};
		},
	};
}

/** Nobody reads what is written: the command has its input elsewhere. */
function nobody(): Writable {
	return new Writable().destroy();
}

interface TerminalSessionOptions {
	readonly number: number;
	/** 1 is /dev/tty1. */
	readonly tty: number;
	readonly mark: string;
	/** The other end of the terminal, through libvirt. */
	readonly console: Duplex;
}

/** A session whose streams are joined. */
export interface JoinedSession {
	readonly session: GuestSession;
	/** All of the command's output is here, or lost: the guest may go. */
	readonly drained: Promise<void>;
}

export interface TerminalSession extends JoinedSession {
	/** Nothing of it is left on the terminal. */
	isEmpty(): boolean;
}

/** Joins a session on a terminal. */
export function openTerminalSession(control: TerminalControl, progress: SessionProgress, options: TerminalSessionOptions): TerminalSession {
	const {number, tty, console, mark} = options;
	let silence: Silence | undefined;
	const output = new EndMarkFilter(mark, () => silence?.break());
	console.pipe(output, {end: false});
	let isClosed = false;
	let isTold: boolean | undefined;
	const patience = (): number => {
		if (isTold === undefined) return silentMs.closed / tickMs;
		return (isTold && !isClosed ? silentMs.told : silentMs.over) / tickMs;
	};
	// Where its end is not known the mark was never written: that is told in place of a status.
	const giveUp = (): void => {
		if (isTold === false) output.finish();
		else output.lose(isTold === undefined ? lostTerminal() : undefined);
	};
	const awaitMark = (): void => {
		if (output.readableEnded || output.destroyed) return;
		if (isClosed && isTold !== undefined && !output.isHeldUp) {
			giveUp();
			return;
		}
		silence ??= onSilence({isHeldUp: () => output.isHeldUp, patience}, giveUp);
	};
	console.on('error', () => undefined);
	onceOver(console, () => {
		isClosed = true;
		awaitMark();
	});
	const learn = (told: boolean): void => {
		isTold = told;
		awaitMark();
	};
	progress.exited.then(
		() => learn(true),
		() => learn(false),
	);
	const ended = Promise.withResolvers<void>();
	onceOver(output, ended.resolve);
	void ended.promise.then(() => silence?.stop());
	const drained = Promise.all([progress.exited.catch(() => undefined), ended.promise]).then(() => undefined);
	const session: GuestSession = {
		stdin: console,
		stdout: output,
		stderr: undefined,
		kill: (signal) => control.send('signal', number, signal),
		resize: ({rows, columns}) => control.send('resize', tty, rows, columns),
		exited: progress.exited,
	};
	return {session, drained, isEmpty: () => output.hasMark};
}
