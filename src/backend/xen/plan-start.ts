import {join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {validateSpec} from '../../spec/validate-spec.ts';
import {settleSources} from '../guest/root/settle-sources.ts';
import {imaginaryState, stateBase, type StateDirectory} from '../guest/state/state-directory.ts';
import {readOrEmpty} from '../host/files/read-or-empty.ts';
import {readMountTable} from '../host/mounts/mount-table.ts';
import {identifyProcess, recordNamespace} from '../host/process-identity.ts';
import {randomUuid} from '../host/random.ts';
import type {MachineDisk} from '../machine/domain/layout.ts';
import {chooseKernel, hostKernelPlaces} from '../machine/boot/kernels.ts';
import {planGuestRoot} from '../machine/root/plan-guest-root.ts';
import {assignConsoles} from '../start/running-sandbox.ts';
import type {Plan, StartOptions} from '../types.ts';
import type {Cause} from '../xml/element.ts';
import {writeXml} from '../xml/write-xml.ts';
import {makeXenDomain, type XenLayout, type XenType} from './domain/make-xen-domain.ts';

/** What Xen's disks may be. */
const formats: ReadonlySet<MachineDisk['format']> = new Set(['raw', 'qcow2']);
/** Of the host, where it is a domain of Xen's. */
const capabilities = '/sys/hypervisor/properties/capabilities';

/** The XML of a guest of Xen: what it would be on this host. */
export function planStart(named: SandboxSpec, uri: string, {caller, host}: StartOptions): Promise<Plan> {
	validateSpec(named);
	const mountTable = readMountTable();
	const {spec} = settleSources(named, mountTable, caller.uid);
	if (spec.command.length === 0) throw new ShellError('usage', 'There is no command to run');
	const {root} = planGuestRoot(spec, mountTable, caller);
	const other = root.disks.find(({format, chain}) => !formats.has(format) || chain);
	if (other !== undefined) {
		throw new ShellError('unavailable', `The image ${other.source} cannot be a disk of Xen's: those are raw or qcow2, without another file behind them`, {
			hint: 'Convert it with qemu-img, or use a machine (--backend machine)',
		});
	}
	const needs = [{module: 'xen_blkfront', purpose: "to read Xen's disks (xen_blkfront)"}];
	if (spec.networks.length > 0) needs.push({module: 'xen_netfront', purpose: 'to use a network (xen_netfront)'});
	const kernel = chooseKernel(spec.kernel, needs, host?.kernels ?? hostKernelPlaces());
	const state = imaginaryState(stateBase(caller));
	const [type, reason] = chooseType(readOrEmpty(capabilities));
	const document = makeXenDomain(spec, {
		name: spec.name ?? 'sandbox-1',
		uuid: randomUuid(),
		type,
		typeCause: {kind: 'backend', text: reason},
		arch: 'x86_64',
		kernel: kernel.image,
		kernelCause: {kind: 'default', text: kernel.reason},
		initrd: join(state.path, 'initrd'),
		tree: join(state.path, 'tree.img'),
		disks: root.disks,
		channels: channelsOf(spec, state),
		metadata: {
			spec: named,
			id: state.id,
			stateDirectory: state.path,
			owner: identifyProcess('self') ?? {pid: caller.pid, startTime: '0'},
			namespace: recordNamespace(),
		},
	});
	const message = 'Only the XML of a guest of Xen is made: a start needs a Xen host, and is not made yet';
	return Promise.resolve({spec: named, uri, xml: writeXml(document), document, notices: [{level: 'warning', code: 'no-start', message}]});
}

/** As Xen tells what it can run; PVH is what it recommends. */
export function chooseType(told: string): readonly [type: XenType, reason: string] {
	if (told === '') return ['pvh', 'PVH: what Xen recommends; this host is none of its'];
	return told.includes('hvm-') ? ['pvh', "PVH: Xen has the processor's virtualization here"] : ['pv', "PV: Xen has not the processor's virtualization here"];
}

/** The control lines, and what the command and those of exec say. */
function channelsOf(spec: SandboxSpec, {io}: StateDirectory): XenLayout['channels'] {
	const {command, shell, spare} = assignConsoles(spec);
	const channel = (name: string, cause: Cause) => ({name: `sandbox.${name}`, socket: join(io, name), cause});
	const streams = command === undefined ? ['0.in', '0.out', '0.err'] : [`c${command}`];
	return [
		channel('ctl', {kind: 'backend', text: "lines between this program and the sandbox's init"}),
		...streams.map((name) => channel(name, {kind: 'backend', text: "the command's input and output"})),
		...(shell === undefined ? [] : [channel(`c${shell}`, {kind: 'option', text: 'a terminal for the root shell'})]),
		...spare.map((number) => channel(`c${number}`, {kind: 'option', text: 'a terminal for commands of exec'})),
	];
}
