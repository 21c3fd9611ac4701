import {once} from 'node:events';
import {createServer, type Socket} from 'node:net';
import {setTimeout as wait} from 'node:timers/promises';
import {ShellError} from '../../../core/errors.ts';
import {listenAlone} from '../../host/listen-alone.ts';
import type {PipePorts} from './machine-streams.ts';
import type {Port} from './port.ts';

/** How long QEMU may take to connect anew, and its guest to hear of that. */
const reconnectMs = 10_000;
const hearMs = 50;

/** The host's end of a port that serves one session after another. */
interface RenewedPort {
	/** The connection that is there, or comes next. */
	current(): Port;
	/** Ends the connection; QEMU makes another. */
	renew(): void;
	close(): void;
}

/** A socket that QEMU connects to again whenever a session has ended its connection. */
async function listenForRenewals(path: string): Promise<RenewedPort> {
	let connected = Promise.withResolvers<Socket>();
	let socket: Socket | undefined;
	const server = createServer({allowHalfOpen: true, pauseOnConnect: true}, (comer) => {
		if (socket !== undefined) {
			comer.destroy();
			return;
		}
		socket = comer;
		comer.on('error', () => undefined);
		connected.resolve(comer);
	});
	listenAlone(server, path);
	await once(server, 'listening');
	// The sandbox keeps this process, its spare ports do not.
	server.unref();
	const renew = (): void => {
		socket?.destroy();
		socket = undefined;
		connected = Promise.withResolvers();
	};
	return {
		current: () => ({socket: connected.promise, stop: () => undefined, close: renew}),
		renew,
		close() {
			server.close();
			socket?.destroy();
		},
	};
}

/** Three ports that one command of exec has for itself. */
interface ExecSlot {
	/** From 1 on. */
	readonly number: number;
	readonly ports: PipePorts;
	/** For the next command. Call it when all of the command's output is here. */
	release(): void;
}

/** The ports that a machine has for commands of exec. */
export interface ExecSlots {
	/** Undefined: all are in use. Rejects where QEMU does not connect. */
	take(): Promise<ExecSlot | undefined>;
	close(): void;
}

interface SlotOptions {
	readonly most: number;
	/** Paths of the sockets of a slot. */
	readonly paths: (slot: number) => readonly [input: string, output: string, errors: string];
	/** Gives the machine the ports of a slot, for whose connections we listen by then. */
	readonly attach: (slot: number) => Promise<void>;
}

interface Slot {
	readonly number: number;
	readonly input: RenewedPort;
	readonly output: RenewedPort;
	readonly errors: RenewedPort;
	renewed: boolean;
}

/** Slots that are made when a command first needs one: ports that are there from the start make every boot longer. */
export function makeExecSlots({most, paths, attach}: SlotOptions): ExecSlots {
	const free: Slot[] = [];
	const slots: Slot[] = [];
	let count = 0;
	let last = 0;
	/** The number of a slot that came to nothing is not used again: some of its ports may be there. */
	const add = async (): Promise<Slot> => {
		const number = ++last;
		count++;
		const listening: RenewedPort[] = [];
		try {
			for (const path of paths(number)) listening.push(await listenForRenewals(path));
			const [input, output, errors] = listening;
			if (input === undefined || output === undefined || errors === undefined) throw new TypeError('A slot has three ports');
			await attach(number);
			const slot = {number, input, output, errors, renewed: false};
			slots.push(slot);
			return slot;
		} catch (error) {
			for (const port of listening) port.close();
			count--;
			throw error;
		}
	};
	return {
		async take() {
			const slot = free.shift() ?? (count < most ? await add() : undefined);
			if (slot === undefined) return undefined;
			const {number, input, output, errors} = slot;
			const all = [input, output, errors];
			const ports = {in: input.current(), out: output.current(), err: errors.current()};
			const late = new AbortController();
			const timer = wait(reconnectMs, 'late' as const, {signal: late.signal}).catch(() => undefined);
			const outcome = await Promise.race([timer, Promise.all(all.map((port) => port.current().socket))]);
			late.abort();
			if (outcome === 'late') {
				free.push(slot);
				throw new ShellError('failed', 'The machine does not open its ports for a further command', {hint: 'Does it still run?'});
			}
			// Before its guest has heard of the connection, a command would see its end.
			if (slot.renewed) await wait(hearMs);
			slot.renewed = true;
			return {
				number,
				ports,
				release() {
					for (const port of all) port.renew();
					free.push(slot);
				},
			};
		},
		close() {
			for (const {input, output, errors} of slots) for (const port of [input, output, errors]) port.close();
		},
	};
}
