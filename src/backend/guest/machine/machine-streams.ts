import {Duplex} from 'node:stream';
import type {Session, StartOptions} from '../../types.ts';
import type {MachineControl, MachineProgress} from './machine-control.ts';
import {openPortReader, PortWriter, type Port} from './port.ts';

/** The host's ends of a session with pipes. */
export interface PipePorts {
	readonly in: Port;
	readonly out: Port;
	readonly err: Port;
}

export interface MachineSession {
	readonly session: Session;
	/** All of the command's output is here: the guest may go. */
	readonly drained: Promise<void>;
}

/** Joins a session with pipes. */
export function openPortSession(
	control: MachineControl,
	progress: MachineProgress,
	ports: PipePorts,
	options: {readonly number: number; readonly sinks?: StartOptions['sinks']},
): MachineSession {
	const {number, sinks} = options;
	const stdin = new PortWriter(ports.in);
	const stdout = openPortReader(ports.out, () => control.send('hush', number, 'out'), sinks?.stdout);
	const stderr = openPortReader(ports.err, () => control.send('hush', number, 'err'), sinks?.stderr);
	const stopInput = (): void => void stdin.destroy();
	void progress.deaf.then(stopInput);
	void progress.exited.then(stopInput, stopInput);
	void control.ended.then(stopInput);
	progress.counts.then(
		({out, err}) => {
			stdout.expect(out);
			stderr.expect(err);
		},
		() => {
			// Nobody will ever say how much there was.
			stdout.expect(0);
			stderr.expect(0);
		},
	);
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

/** What a console may have waiting for a reader before it is held up, and loses what comes then. */
const longestBacklog = 64 * 1024 * 1024;

/** A console's port as a stream. It is read at once, whoever reads on: QEMU throws away what a console's socket does not take. */
export function openConsolePort(port: Port): Duplex {
	let held: Array<{readonly chunk: Buffer; readonly callback: (error?: Error | null) => void}> | undefined = [];
	const stream = new Duplex({
		read: () => void port.socket.then((socket) => socket.resume()),
		write(chunk: Buffer, _encoding, callback) {
			if (held === undefined) void port.socket.then((socket) => socket.write(chunk, () => callback()));
			else held.push({chunk, callback});
		},
		destroy(error, callback) {
			port.close();
			callback(error);
		},
	});
	void port.socket.then((socket) => {
		for (const {chunk, callback} of held ?? []) socket.write(chunk, () => callback());
		held = undefined;
		socket.on('data', (chunk: Buffer) => {
			if (!stream.push(chunk) && stream.readableLength > longestBacklog) socket.pause();
		});
		socket.once('close', () => stream.push(null));
		socket.once('end', () => socket.destroy());
		socket.resume();
	});
	return stream;
}
