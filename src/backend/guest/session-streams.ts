import {once} from 'node:events';
import {join} from 'node:path';
import type {Duplex} from 'node:stream';
import type {Session, StartOptions} from '../types.ts';
import type {ControlChannel, SessionProgress} from './control-channel.ts';
import {EndMarkFilter} from './end-mark.ts';
import {FifoWriter, openFifoReader} from './fifo.ts';

/** How long a terminal may be silent, after its command’s end, before we stop waiting for the end mark, in ms. It nearly always comes; a busy libvirtd may be seconds behind. */
const silenceMs = 5000;

/** What a session needs of the lines between host and guest; another process has them by the owner. */
export type TerminalControl = Pick<ControlChannel, 'send' | 'ended'>;

type Sinks = StartOptions['sinks'];

/** The FIFOs of a session with pipes, below a state directory's `io`. */
export function pipeNames(number: number): string[] {
	return ['in', 'out', 'err'].map((stream) => `${number}.${stream}`);
}

/** The host's ends of a session's pipes, open before anything is known of the guest. */
export interface PipeEnds {
	join(control: TerminalControl, progress: SessionProgress): Session;
}

/** Opens the pipes of a session; their FIFOs exist, the guest has not opened them. */
export function openPipeSession(ioDirectory: string, {number, sinks}: {readonly number: number; readonly sinks?: Sinks}): PipeEnds {
	const [inName = '', outName = '', errName = ''] = pipeNames(number);
	const stdin = new FifoWriter(join(ioDirectory, inName));
	const stdout = openFifoReader(join(ioDirectory, outName), sinks?.stdout);
	const stderr = openFifoReader(join(ioDirectory, errName), sinks?.stderr);
	const release = (): void => {
		stdin.connect();
		stdout.release();
		stderr.release();
	};
	return {
		join(control, progress) {
			progress.ready.then(release, release);
			const forget = (): void => void stdin.destroy();
			control.ended.then(forget, forget);
			progress.exited.then(forget, forget);
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

export interface TerminalSessionOptions {
	readonly number: number;
	/** 1 is /dev/tty1. */
	readonly tty: number;
	readonly mark: string;
	/** The other end of the terminal, through libvirt. */
	readonly console: Duplex;
}

export interface TerminalSession {
	readonly session: Session;
	/** All of the command's output is here: the guest's terminal may go. */
	readonly drained: Promise<void>;
}

/** Joins a session on a terminal. */
export function openTerminalSession(control: TerminalControl, progress: SessionProgress, options: TerminalSessionOptions): TerminalSession {
	const {number, tty, console, mark} = options;
	const output = new EndMarkFilter(mark);
	console.pipe(output);
	const finish = (): void => output.finish();
	console.once('close', finish);
	console.once('error', finish);
	void control.ended.then(finish);
	const seen = once(output, 'end').catch(() => undefined);
	const drained = progress.exited
		.catch(() => undefined)
		.then(async () => {
			await waitForSilence(output, seen);
			output.finish();
		});
	const session: Session = {
		stdin: console,
		stdout: output,
		stderr: undefined,
		kill: (signal) => control.send('signal', number, signal),
		resize: ({rows, columns}) => control.send('resize', tty, rows, columns),
		exited: progress.exited,
	};
	return {session, drained};
}

/** Until the stream has ended or nothing has come for long; a reader that pauses is no silence. */
async function waitForSilence(output: EndMarkFilter, ended: Promise<unknown>): Promise<void> {
	let isOver = false;
	void ended.then(() => (isOver = true));
	output.lastData = performance.now();
	while (!isOver && !output.readableEnded && !output.destroyed) {
		const left = output.lastData + silenceMs - performance.now();
		if (left <= 0 && !output.writableNeedDrain) return;
		const timer = Promise.withResolvers<void>();
		const handle = setTimeout(timer.resolve, Math.max(left, 20));
		await Promise.race([ended, timer.promise]);
		clearTimeout(handle);
	}
}
