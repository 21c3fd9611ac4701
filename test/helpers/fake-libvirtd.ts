import {mkdtemp, rm} from 'node:fs/promises';
import {createServer, type Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {encodeFrame, FrameDecoder, programs, statuses, types, type Header} from '../../src/backend/libvirt/frames.ts';
import {XdrWriter} from '../../src/backend/libvirt/xdr.ts';

/** A frame that the fake daemon got, and what it may do about it. */
export interface FakeCall {
	readonly header: Header;
	readonly payload: Buffer;
	/** Which of the daemon's connections, counted from 0. */
	readonly client: number;
	readonly reply: (payload?: Uint8Array) => void;
	readonly fail: (code: number, text: string) => void;
	/** A packet of the stream that has this call's serial. */
	readonly stream: (status: number, data?: Uint8Array) => void;
	readonly message: (procedure: number, payload: Uint8Array) => void;
	readonly send: (header: Partial<Header>, payload?: Uint8Array) => void;
	readonly raw: (bytes: Uint8Array) => void;
	/** Ends this connection after what was sent. */
	readonly hangUp: () => void;
	/** Stops reading from this connection. */
	readonly stopReading: () => void;
	readonly resumeReading: () => void;
}

/** Answers a frame; false leaves it to the daemon's own answer, which knows AUTH_LIST, OPEN, CLOSE and the end of streams. */
export type FakeAnswer = (call: FakeCall) => boolean | void;

export interface FakeLibvirtd {
	readonly uri: string;
	/** Every frame that came, in order. */
	readonly calls: readonly FakeCall[];
	/** The first frame, past or to come, that fits; rejects after 5 s. */
	readonly waitFor: (fits: (call: FakeCall) => boolean) => Promise<FakeCall>;
	/** Resolves when the clients have gone. */
	readonly stop: () => Promise<void>;
}

interface Watcher {
	readonly fits: (call: FakeCall) => boolean;
	readonly resolve: (call: FakeCall) => void;
}

/** A daemon on a socket of its own, or at `place`, that does what a test says, right or wrong. */
export async function startFakeLibvirtd(answer: FakeAnswer = () => false, place?: string): Promise<FakeLibvirtd> {
	const directory = await mkdtemp(join(tmpdir(), 'fake-libvirtd-'));
	const path = place ?? join(directory, 'sock');
	const calls: FakeCall[] = [];
	const sockets = new Set<Socket>();
	const watchers = new Set<Watcher>();
	const take = (call: FakeCall): void => {
		calls.push(call);
		if (answer(call) !== true && answered(call) === false) {
			answerByDefault(call);
		}

		for (const watcher of watchers) {
			if (watcher.fits(call)) {
				watchers.delete(watcher);
				watcher.resolve(call);
			}
		}
	};

	const server = createServer((socket) => {
		const client = sockets.size;
		sockets.add(socket);
		const decoder = new FrameDecoder((header, payload) => take(makeCall(socket, client, header, payload)));
		socket.on('data', (chunk: Buffer) => decoder.push(chunk));
		socket.on('error', () => undefined);
	});
	await new Promise<void>((resolve) => {
		server.listen(path, resolve);
	});
	return {
		uri: `test:///default?socket=${path}`,
		calls,
		waitFor: (fits) => {
			const past = calls.find(fits);
			if (past !== undefined) {
				return Promise.resolve(past);
			}

			return new Promise((resolve, reject) => {
				const timer = setTimeout(() => reject(new Error(`The frame never came; there were ${calls.map(describe).join(', ')}`)), 5000);
				watchers.add({
					fits,
					resolve: (call) => {
						clearTimeout(timer);
						resolve(call);
					},
				});
			});
		},
		stop: async () => {
			for (const socket of sockets) {
				socket.destroy();
			}

			await new Promise((resolve) => {
				server.close(resolve);
			});
			await rm(directory, {recursive: true, force: true});
		},
	};
}

/** Whether a frame is a call of this procedure. */
export function isCall(procedure: number): (call: FakeCall) => boolean {
	return ({header}) => header.type === types.call && header.procedure === procedure;
}

/** Whether a frame is a stream packet with this status. */
export function isPacket(status: number): (call: FakeCall) => boolean {
	return ({header}) => header.type === types.stream && header.status === status;
}

/** What XDR makes of some values. */
export function payload(write: (writer: XdrWriter) => void): Buffer {
	const writer = new XdrWriter();
	write(writer);
	return writer.finish();
}

export function errorPayload(code: number, text: string): Buffer {
	return payload((writer) => {
		writer.signed(code);
		writer.signed(7);
		writer.optionalString(text);
		writer.signed(2);
		for (let index = 0; index < 4; index++) {
			writer.unsigned(0);
		}

		writer.signed(-1);
		writer.signed(-1);
		writer.unsigned(0);
	});
}

const sentFor = new WeakSet<FakeCall>();

function answered(call: FakeCall): boolean {
	return sentFor.has(call);
}

function makeCall(socket: Socket, client: number, header: Header, payload: Buffer): FakeCall {
	const raw = (bytes: Uint8Array): void => {
		sentFor.add(call);
		socket.write(bytes);
	};

	const send = (changes: Partial<Header>, data?: Uint8Array): void => raw(encodeFrame({...header, type: types.reply, status: statuses.ok, ...changes}, data));
	const call: FakeCall = {
		header,
		payload,
		client,
		raw,
		send,
		reply: (data) => send({}, data),
		fail: (code, text) => send({status: statuses.error}, errorPayload(code, text)),
		stream: (status, data) => send({type: types.stream, status}, data),
		message: (procedure, data) => send({type: types.message, procedure, serial: 0}, data),
		hangUp: () => {
			sentFor.add(call);
			socket.end();
		},
		stopReading: () => {
			socket.pause();
		},
		resumeReading: () => {
			socket.resume();
		},
	};
	return call;
}

function answerByDefault(call: FakeCall): void {
	const {header} = call;
	if (header.program === programs.keepalive) {
		return;
	}

	if (header.type === types.stream) {
		if (header.status !== statuses.continue) {
			call.stream(statuses.ok);
		}

		return;
	}

	switch (header.procedure) {
		case 66:
			call.reply(payload((writer) => writer.array([0], 1, (type) => writer.signed(type))));
			return;
		case 1:
		case 2:
			call.reply();
			return;
		case 316:
			call.reply(payload((writer) => writer.signed(1)));
			return;
		default:
			call.fail(3, `The fake daemon does not know procedure ${header.procedure}`);
	}
}

function describe({header}: FakeCall): string {
	return `type ${header.type} procedure ${header.procedure} status ${header.status}`;
}
