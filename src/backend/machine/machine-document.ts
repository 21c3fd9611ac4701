import {join} from 'node:path';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import {recordNamespace, type ProcessIdentity} from '../host/process-identity.ts';
import type {Cause, Element} from '../xml/element.ts';
import type {Consoles} from '../start/running-sandbox.ts';
import {resolveSource} from '../start/temporary-sources.ts';
import {kernelCommandLine} from './domain/command-line.ts';
import type {MachineLayout} from './domain/layout.ts';
import {makeChannel, makeMachineDomain} from './domain/make-machine-domain.ts';
import {rootTag} from './root/tree-exports.ts';
import type {MachinePlan} from './machine-plan.ts';

/** How the names of a machine's ports begin: `ctl` follows, `0.in`, `0.out` and `0.err` of the first session, or `eN.in` and so on of slot N. */
const portPrefix = 'sandbox.';

/** Name of the port with the lines between the host and the guest's init. */
export const controlPort = 'ctl';

/** Where the first session's ports are, as its init calls that. */
export function firstPlace({command}: Consoles): string {
	return command === undefined ? '0' : terminalPort(command);
}

/** Names of the ports of the first session's pipes. */
export function pipePorts({command}: Consoles): readonly string[] {
	return command === undefined ? ['0.in', '0.out', '0.err'] : [];
}

/** Name of the port by which the guest's terminal of this number is joined. */
export function terminalPort(number: number): string {
	return `c${number}`;
}

/** Names of the ports of each slot for a command of exec: of its input, output and errors. Slots count from 1. */
export function slotPorts(slot: number): readonly string[] {
	return [`e${slot}.in`, `e${slot}.out`, `e${slot}.err`];
}

/** The guest's terminals that are there from the start. Number 1, its log, is none of them. */
export function firstConsoles({command, shell}: Consoles): readonly number[] {
	return [command, shell].filter((number) => number !== undefined);
}

/** Names of the ports that are there from the start, in the order of their numbers, which the domain gives them and the initramfs knows. */
export function firstPorts(consoles: Consoles): readonly string[] {
	return [controlPort, ...pipePorts(consoles), ...firstConsoles(consoles).map(terminalPort)];
}

/** Paths in a machine's state directory. */
export function machinePaths(state: StateDirectory) {
	return {
		initrd: join(state.path, 'initrd'),
		kernel: join(state.path, 'kernel'),
		firmware: join(state.path, 'firmware'),
		// Its star stands for the next one: AppArmor's profile of a machine, as libvirt writes it, has a rule for the sockets of ports alone.
		bootLog: join(state.io, 'boot*'),
		tree: join(state.io, 'boot-tree'),
		port: (name: string) => join(state.io, name),
	};
}

interface MachineNames extends Required<Pick<MachineLayout, 'name' | 'uuid' | 'firmware' | 'seclabels'>> {
	readonly owner: ProcessIdentity;
	/** Of the temporary directories, in the plan's order. */
	readonly temporary: readonly string[];
	readonly accel: AccelChoice;
	/** What QEMU boots: the kernel's image, or what was taken out of it. */
	readonly bootKernel: string;
	/** The kernel tells all that it does. */
	readonly isVerbose?: boolean | undefined;
}

/** What runs the guest's code, and why. */
export interface AccelChoice {
	readonly domainType: 'kvm' | 'qemu';
	readonly reason: string;
	/** Whether a boot has to show that it works. */
	readonly isProbe: boolean;
}

/** The domain of a plan, on its state directory, each element with what caused it. */
export function makeMachineDocument(plan: MachinePlan, state: StateDirectory, names: MachineNames): Element {
	const {spec, kernel, arch, isSession, canTune, lendsImages, userNetwork} = plan;
	const {name, uuid, firmware, seclabels, temporary, accel} = names;
	const paths = machinePaths(state);
	const backend = (text: string): Cause => ({kind: 'backend', text});
	const optionCause = (text: string): Cause => ({kind: 'option', text});
	const causeOf = (port: string): Cause => {
		if (port === controlPort) return backend("lines between this program and the sandbox's init");
		if (pipePorts(plan.consoles).includes(port)) return backend("the command's input and output");
		return optionCause(port === firstPlace(plan.consoles) ? "tty: the command's terminal" : 'a terminal for the root shell');
	};
	const layout: MachineLayout = {
		name,
		uuid,
		domainType: accel.domainType,
		accelCause: backend(accel.domainType === 'kvm' ? `a machine of libvirt, with KVM: ${accel.reason}` : `a machine of libvirt, emulated: ${accel.reason}`),
		arch,
		kernel: names.bootKernel,
		kernelCause:
			spec.kernel.path === undefined && spec.kernel.version === undefined
				? {kind: 'default', text: `default: ${kernel.reason}`}
				: {kind: 'option', text: `kernel ${kernel.version}`},
		initrd: paths.initrd,
		commandLine: kernelCommandLine({isVerbose: names.isVerbose, isSingleEmulated: accel.domainType !== 'kvm' && spec.limits.vcpus === 1}),
		firmware,
		isSession,
		canTune,
		shares: plan.shared.exports.map((share) => ({...share, source: resolveSource(share.source, temporary)})),
		tree:
			plan.transport.type === 'virtiofs'
				? {tag: rootTag, socket: paths.tree, cause: backend("what the machine sees of the host's files, from virtiofsd")}
				: undefined,
		disks: plan.root.disks,
		lendsImages,
		channels: firstPorts(plan.consoles).map((port) => ({name: `${portPrefix}${port}`, socket: paths.port(port), cause: causeOf(port)})),
		bootLog: paths.bootLog,
		userNetwork,
		metadata: {spec, id: state.id, stateDirectory: state.path, owner: names.owner, namespace: recordNamespace()},
		seclabels,
	};
	return makeMachineDomain(spec, layout);
}

/** The ports of a slot for commands of exec, as a running machine is given them. */
export function slotDevices(slot: number, state: StateDirectory): readonly Element[] {
	return slotPorts(slot).map((port) => laterDevice(port, state, 'input and output of commands of exec'));
}

/** A console for a command of exec, as a running machine is given it. */
export function consoleDevice(number: number, state: StateDirectory): Element {
	return laterDevice(terminalPort(number), state, 'a terminal for commands of exec');
}

function laterDevice(port: string, state: StateDirectory, text: string): Element {
	return makeChannel({name: `${portPrefix}${port}`, socket: machinePaths(state).port(port), reconnects: true, cause: {kind: 'backend', text}});
}
