import {ShellError} from '../../../core/errors.ts';
import type {StateDirectory} from '../../guest/state/state-directory.ts';
import type {Element} from '../../xml/element.ts';
import {consoleDevice, controlPort, firstConsoles, machinePaths, pipePorts, slotDevices, slotPorts, terminalPort} from '../machine-document.ts';
import type {MachinePlan} from '../machine-plan.ts';
import {makeExecSlots, type ExecSlots} from './exec-slots.ts';
import {ConsolePort} from './machine-streams.ts';
import {listenForPort, type Port} from './port.ts';
import {makeSpareConsoles} from './spare-consoles.ts';

/** The host's ends of all ports and consoles of a machine. */
export interface MachinePorts {
	readonly control: Port;
	readonly bootLog: Port;
	/** Of the first session, where it has pipes. */
	readonly streams: readonly Port[];
	/** Those that are there from the start, by number. */
	readonly consoles: ReadonlyMap<number, ConsolePort>;
	/** Any of the plan's consoles. One for exec is given to the machine when it is first asked for. */
	openConsole(number: number): Promise<ConsolePort>;
	readonly slots: ExecSlots;
	close(): void;
}

/** Listens for QEMU, before the domain is created. `attach` gives a device to the machine once it runs. */
export async function listenForPorts({consoles}: MachinePlan, state: StateDirectory, attach: (device: Element) => Promise<void>): Promise<MachinePorts> {
	const paths = machinePaths(state);
	const numbers = firstConsoles(consoles);
	const [control, bootLog, ...streams] = await Promise.all(
		[paths.port(controlPort), paths.bootLog, ...pipePorts(consoles).map(paths.port)].map(listenForPort),
	);
	if (control === undefined || bootLog === undefined) throw new ShellError('failed', 'The machine has no control port');
	const terminals = await Promise.all(numbers.map((number) => listenForPort(paths.port(terminalPort(number)))));
	const first = new Map(terminals.map((port, index) => [numbers[index] ?? 0, new ConsolePort(port)]));
	const spare = makeSpareConsoles({
		path: (number) => paths.port(terminalPort(number)),
		attach: (number) => attach(consoleDevice(number, state)),
	});
	const slots = makeExecSlots({
		most: consoles.spare.length,
		paths: (slot) => slotPorts(slot).map(paths.port),
		async attach(slot) {
			for (const device of slotDevices(slot, state)) await attach(device);
		},
	});
	return {
		control,
		bootLog,
		streams,
		consoles: first,
		openConsole: async (number) => first.get(number) ?? spare.open(number),
		slots,
		close() {
			for (const port of [control, bootLog, ...streams, ...terminals]) port.close();
			spare.close();
			slots.close();
		},
	};
}
