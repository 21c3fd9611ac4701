import type {Socket} from 'node:net';
import {Readable} from 'node:stream';
import {lostOutput} from '../../../core/lost-output.ts';
import type {OutputSink} from '../../types.ts';
import {onSilence, tickMs, type Silence} from '../../guest/streams/silence.ts';
import type {Port} from './port.ts';

/** What is known of a stream's end, and how long its port may be silent then, in ms: how much there is · that its guest cannot count it any more · that nobody will tell of any end. */
const silentMs = {counted: 20_000, uncounted: 500, untold: 500};

/** Output of a command: as many bytes as the guest says it sent. */
interface PortReader {
	/** Ends when that many bytes are here; an end of the port before that is a fault. */
	readonly stream: Readable;
	/** All that the guest sent is taken, or nobody wants it, or it is lost. */
	readonly drained: Promise<void>;
	/** The guest has sent this many in all; undefined: it cannot tell. */
	expect(bytes: number | undefined): void;
	/** Nobody will tell how much it was, since the command’s end is not known either: what still comes is all. */
	endUntold(): void;
}

/** Reads a port. With a sink the bytes go there and the stream carries nothing; `onUnwanted` is called when the stream is destroyed early. */
export function openPortReader(port: Port, onUnwanted: () => void, sink?: OutputSink): PortReader {
	const drained = Promise.withResolvers<void>();
	let socket: Socket | undefined;
	let arrived = 0;
	let due = Number.POSITIVE_INFINITY;
	let known: keyof typeof silentMs | undefined;
	let isWriting = false;
	let isClosed = false;
	let isOver = false;
	let silence: Silence | undefined;
	const conclude = (): void => {
		isOver = true;
		silence?.stop();
		drained.resolve();
	};
	const stream = new Readable({
		read: () => {
			if (sink === undefined) socket?.resume();
		},
		destroy(error, callback) {
			if (!isOver) {
				onUnwanted();
				conclude();
			}
			socket?.resume();
			callback(error);
		},
	});
	// Whoever reads it hears of a fault; it may come before anybody does.
	stream.on('error', () => undefined);
	const finish = (): void => {
		conclude();
		stream.push(null);
	};
	const lose = (): void => {
		conclude();
		stream.destroy(lostOutput());
	};
	const failWrite = (error: unknown): void => void stream.destroy(error instanceof Error ? error : new Error(String(error)));
	/** Without its count. */
	const giveUp = (): void => (known === 'untold' ? finish() : lose());
	const settle = (): void => {
		if (isOver || isWriting) return;
		if (arrived >= due) finish();
		else if (isClosed && known !== undefined) giveUp();
	};
	const learn = (what: keyof typeof silentMs): void => {
		if (isOver || known !== undefined) return;
		known = what;
		settle();
		if (isOver) return;
		silence = onSilence({isHeldUp: () => isWriting || socket?.isPaused() === true, patience: () => silentMs[what] / tickMs}, giveUp);
	};
	const take = (chunk: Buffer): void => {
		if (isOver) return;
		silence?.break();
		const wanted = chunk.length > due - arrived ? chunk.subarray(0, due - arrived) : chunk;
		arrived += wanted.length;
		if (sink === undefined) {
			if (!stream.push(wanted)) socket?.pause();
			settle();
			return;
		}
		try {
			const written = sink.write(wanted);
			if (written === undefined) {
				settle();
				return;
			}
			isWriting = true;
			socket?.pause();
			written.then(() => {
				isWriting = false;
				socket?.resume();
				settle();
			}, failWrite);
		} catch (error) {
			failWrite(error);
		}
	};
	void port.socket.then((connected) => {
		socket = connected;
		connected.on('data', take);
		connected.once('close', () => {
			isClosed = true;
			settle();
		});
		connected.once('end', () => connected.end());
		connected.resume();
	});
	return {
		stream,
		drained: drained.promise,
		expect(bytes) {
			due = Math.min(due, bytes ?? due);
			learn(bytes === undefined ? 'uncounted' : 'counted');
		},
		endUntold: () => learn('untold'),
	};
}
