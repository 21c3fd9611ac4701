import {chmodSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {makeTestDirectory} from './screen-session.ts';

/** A socket before a libvirtd's, which counts the calls that go through. */
export interface CountingRelay {
	readonly socket: string;
	/** Calls so far; keepalive's pings are none. */
	calls(): number;
	/** Pings of the client so far. */
	pings(): number;
	/** Whether a client has been given no answer since its call of `deafTo`. */
	isDeaf(): boolean;
}

const [headBytes, programAt, procedureAt, typeAt, callType, keepaliveProgram, pingProcedure] = [28, 4, 12, 16, 0, 0x6b656570, 1];

/** Gives each whole message of a stream of libvirt's protocol. */
function eachMessage(onMessage: (message: Buffer) => void): (chunk: Buffer) => void {
	let rest = Buffer.alloc(0);
	return (chunk) => {
		rest = Buffer.concat([rest, chunk]);
		while (rest.length >= headBytes && rest.length >= rest.readUInt32BE(0)) {
			const length = rest.readUInt32BE(0);
			onMessage(rest.subarray(0, length));
			rest = rest.subarray(length);
		}
	};
}

export interface RelayOptions {
	/** Procedures from whose call on the client hears nothing any more. */
	readonly deafTo?: readonly number[];
	/** Is told of a call, by the number of its procedure, before the daemon hears of it. */
	onCall?(procedure: number): void;
}

/** Starts one, until the test's end, that every user may connect to. */
export async function startCountingRelay(t: ExecutionContext, libvirtd: string, {deafTo = [], onCall}: RelayOptions = {}): Promise<CountingRelay> {
	const directory = makeTestDirectory(t);
	chmodSync(directory, 0o755);
	const socket = join(directory, 'sock');
	let calls = 0;
	let pings = 0;
	let isDeaf = false;
	const server = createServer((client) => {
		const daemon = connect(libvirtd);
		client.on(
			'data',
			eachMessage((message) => {
				if (message.readUInt32BE(programAt) === keepaliveProgram) pings += message.readUInt32BE(procedureAt) === pingProcedure ? 1 : 0;
				else {
					if (message.readUInt32BE(typeAt) === callType) {
						calls++;
						onCall?.(message.readUInt32BE(procedureAt));
					}
					if (!deafTo.includes(message.readUInt32BE(procedureAt))) return;
					isDeaf = true;
					daemon.unpipe(client).resume();
				}
			}),
		);
		client.pipe(daemon).pipe(client);
		for (const [each, other] of [
			[client, daemon],
			[daemon, client],
		] as const) {
			each.on('error', () => other.destroy());
			each.once('close', () => other.destroy());
		}
	});
	await new Promise<void>((resolve) => void server.listen(socket, resolve));
	chmodSync(socket, 0o666);
	t.teardown(() => server.close());
	return {socket, calls: () => calls, pings: () => pings, isDeaf: () => isDeaf};
}
