import type {PipePorts} from './machine-streams.ts';
import {awaitConnected, listenForRenewals, type RenewedPort} from './renewed-port.ts';

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
	readonly paths: (slot: number) => readonly string[];
	/** Gives the machine the ports of a slot, for whose connections we listen by then. */
	readonly attach: (slot: number) => Promise<void>;
}

interface Slot {
	readonly number: number;
	readonly ports: readonly [input: RenewedPort, output: RenewedPort, errors: RenewedPort];
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
			const slot: Slot = {number, ports: [input, output, errors], renewed: false};
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
			const [input, output, errors] = slot.ports;
			const ports = {in: input.current(), out: output.current(), err: errors.current()};
			try {
				await awaitConnected(slot.ports, slot.renewed);
			} catch (error) {
				free.push(slot);
				throw error;
			}
			slot.renewed = true;
			return {
				number: slot.number,
				ports,
				release() {
					for (const port of slot.ports) port.renew();
					free.push(slot);
				},
			};
		},
		close() {
			for (const {ports} of slots) for (const port of ports) port.close();
		},
	};
}
