import {ShellError} from '../../core/errors.ts';
import {openExecSlots, type ExecSlots} from '../guest/machine/exec-slots.ts';
import {ConsolePort} from '../guest/machine/machine-streams.ts';
import {listenForPort, type Port} from '../guest/machine/port.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import {consoleNumbers, firstPorts, machinePaths, slotPorts} from './machine-document.ts';
import type {MachinePlan} from './machine-plan.ts';

/** The host's ends of all ports and consoles of a machine. */
export interface MachinePorts {
	readonly control: Port;
	readonly bootLog: Port;
	/** Of the first session, where it has pipes. */
	readonly streams: readonly Port[];
	/** By number. */
	readonly consoles: ReadonlyMap<number, ConsolePort>;
	readonly slots: ExecSlots;
	close(): void;
}

/** Listens for QEMU, before the domain is created. */
export async function listenForPorts({spec, consoles}: MachinePlan, state: StateDirectory): Promise<MachinePorts> {
	const paths = machinePaths(state);
	const numbers = consoleNumbers(consoles);
	const slots = await openExecSlots(
		consoles.spare.map((_, index) => slotPorts(index + 1)).map(([input, output, errors]) => [paths.port(input), paths.port(output), paths.port(errors)]),
	);
	const [control, bootLog, ...streams] = await Promise.all([paths.port('ctl'), paths.bootLog, ...firstPorts(spec).map(paths.port)].map(listenForPort));
	if (control === undefined || bootLog === undefined) throw new ShellError('failed', 'The machine has no control port');
	const terminals = await Promise.all(numbers.map((number) => listenForPort(paths.console(number))));
	return {
		control,
		bootLog,
		streams,
		consoles: new Map(terminals.map((port, index) => [numbers[index] ?? 0, new ConsolePort(port)])),
		slots,
		close() {
			for (const port of [control, bootLog, ...streams, ...terminals]) port.close();
			slots.close();
		},
	};
}
