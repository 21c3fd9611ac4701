import type {Socket} from 'node:net';
import {Duplex} from 'node:stream';
import type {StartOptions} from '../../types.ts';
import type {SessionProgress} from '../../guest/streams/control-channel.ts';
import type {JoinedSession} from '../../guest/streams/session-streams.ts';
import type {MachineControl} from './machine-control.ts';
import type {OutputCounts} from './machine-line.ts';
import {openPortReader} from './port-reader.ts';
import {PortWriter, type Port} from './port.ts';

/** The host's ends of a session with pipes. */
export interface PipePorts {
	readonly in: Port;
	readonly out: Port;
	readonly err: Port;
}

/** What is told of a session with pipes. `counts` gives undefined where nobody will ever tell. */
interface PortProgress extends SessionProgress {
	readonly counts: Promise<OutputCounts | undefined>;
	/** Nobody reads the command's input any more. */
	readonly inputClosed?: Promise<void>;
}

/** Joins a session with pipes. */
export function openPortSession(
	control: Pick<MachineControl, 'send' | 'ended'>,
	progress: PortProgress,
	ports: PipePorts,
	options: {readonly number: number; readonly sinks?: StartOptions['sinks']},
): JoinedSession {
	const {number, sinks} = options;
	const stdin = new PortWriter(ports.in);
	const stdout = openPortReader(ports.out, () => control.send('close', number, 'out'), sinks?.stdout);
	const stderr = openPortReader(ports.err, () => control.send('close', number, 'err'), sinks?.stderr);
	const stopInput = (): void => void stdin.destroy();
	void progress.inputClosed?.then(stopInput);
	void progress.exited.then(stopInput, stopInput);
	void control.ended.then(stopInput);
	// Where its end is not known either, that is told in place of what is lost.
	const uncounted = (): Promise<OutputCounts | undefined> =>
		progress.exited.then(
			() => ({out: undefined, err: undefined}),
			() => undefined,
		);
	void progress.counts.catch(uncounted).then((counts) => {
		if (counts === undefined) {
			stdout.endUntold();
			stderr.endUntold();
		} else {
			stdout.expect(counts.out);
			stderr.expect(counts.err);
		}
	});
	const drained = Promise.all([stdout.drained, stderr.drained]).then(() => undefined);
	return {
		session: {
			stdin,
			stdout: stdout.stream,
			stderr: stderr.stream,
			kill: (signal) => control.send('signal', number, signal),
			resize: () => undefined,
			exited: progress.exited,
		},
		drained,
	};
}

/** A terminal's port as a stream: the host's end of it. */
export class ConsolePort extends Duplex {
	readonly #port: Port;
	#socket: Socket | undefined;
	#start: ((error?: Error) => void) | undefined;
	#written = 0;

	constructor(port: Port) {
		super({allowHalfOpen: false});
		this.#port = port;
		void port.socket.then((socket) => this.#begin(socket));
	}

	override _construct(callback: (error?: Error) => void): void {
		this.#start = callback;
		if (this.#socket !== undefined) callback();
	}

	override _read(): void {
		this.#socket?.resume();
	}

	/** How many bytes the guest was given, or is about to. */
	get written(): number {
		return this.#written;
	}

	override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
		this.#written += chunk.length;
		// An error is not handed on: the guest's end is told by other ways.
		this.#socket?.write(chunk, encoding, (error) => {
			if (error === null || error === undefined) callback();
		});
	}

	override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
		if (this.#socket === undefined) this.#start?.();
		this.#port.close();
		callback(error);
	}

	#begin(socket: Socket): void {
		this.#socket = socket;
		socket.on('data', (chunk: Buffer) => {
			if (!this.push(chunk)) socket.pause();
		});
		socket.once('close', () => this.push(null));
		socket.once('end', () => socket.destroy());
		this.#start?.();
	}
}
