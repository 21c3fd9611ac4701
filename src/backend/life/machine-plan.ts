import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {formatSizeKiB} from '../../core/units.ts';
import type {Mount, SandboxSpec} from '../../spec/types.ts';
import {isWithin} from '../../spec/paths.ts';
import {validateSpec} from '../../spec/validate-spec.ts';
import {kernelCommandLine} from '../domain/machine/command-line.ts';
import type {MachineChannel, MachineLayout, ShareTransport} from '../domain/machine/layout.ts';
import {makeMachineDomain} from '../domain/machine/make-machine-domain.ts';
import {makeEnvironment} from '../guest/command-environment.ts';
import type {SessionPlan} from '../guest/command-file.ts';
import {makeEndMark} from '../guest/end-mark.ts';
import {portPrefix} from '../guest/machine/boot-script.ts';
import {fileSystemModules} from '../guest/machine/image-format.ts';
import {planMachineRoot, type MachineRoot} from '../guest/machine/machine-root.ts';
import {ioTarget} from '../guest/root-plan.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import {hasModule} from '../host/kernel-modules.ts';
import {chooseKernel, hostKernelPlaces, type ChosenKernel, type KernelNeed, type KernelPlaces} from '../host/kernels.ts';
import {isLocalUri} from '../host/local-uri.ts';
import {readMountTable} from '../host/mount-table.ts';
import type {ProcessIdentity} from '../host/process-identity.ts';
import {bringTools, findHostTools, type GuestTools, type HostTools} from '../host/tools.ts';
import {readAccountFiles, resolveAccount, type Account} from '../host/users.ts';
import type {Plan, StartOptions} from '../types.ts';
import type {Cause, Element} from '../xml/element.ts';

/** All that is known of a machine before anything is made for it. */
export interface MachinePlan {
	readonly spec: SandboxSpec;
	readonly uri: string;
	readonly isSession: boolean;
	readonly arch: string;
	readonly account: Account;
	readonly environment: Readonly<Record<string, string>>;
	readonly root: MachineRoot;
	readonly kernel: ChosenKernel;
	readonly transport: ShareTransport;
	readonly modules: MachineModules;
	readonly hostTools: HostTools;
	readonly tools: GuestTools;
	/** Mounts whose source is a temporary directory, in order. */
	readonly temporary: readonly Mount[];
	readonly userNetwork: MachineLayout['userNetwork'];
	readonly notices: Plan['notices'];
}

/** Names of modules that the guest loads. */
export interface MachineModules {
	/** On every start. */
	readonly always: readonly string[];
	/** For what this run has. */
	readonly run: readonly string[];
	/** By type of file system, when an image may hold it. */
	readonly fileSystems: Readonly<Record<string, readonly string[]>>;
}

/** With less the kernel does not get as far as its first process. */
const leastMemoryKiB = 96 * 1024;
const temporaryScheme = 'temporary:';
const virtiofsdPlaces = ['/usr/libexec/virtiofsd', '/usr/lib/virtiofsd', '/usr/lib/qemu/virtiofsd', '/usr/bin/virtiofsd'];
const passtPlaces = ['/usr/bin/passt', '/usr/local/bin/passt'];
const architectures: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
	x64: 'x86_64',
	arm64: 'aarch64',
	ppc64: 'ppc64le',
	s390x: 's390x',
	riscv64: 'riscv64',
};

/** Whether a URI means the libvirtd of one user. */
export function isSessionUri(uri: string): boolean {
	return /^[^:]+:\/\/[^/]*\/session(?:$|\?)/.test(uri);
}

/** Checks a spec against this host. Reads, changes nothing; a fault is a ShellError. */
export function planMachine(spec: SandboxSpec, uri: string, {caller}: Pick<StartOptions, 'caller'>, places: KernelPlaces = hostKernelPlaces()): MachinePlan {
	validateSpec(spec);
	if (spec.command.length === 0) throw new ShellError('usage', 'There is no command to run');
	if (!isLocalUri(uri))
		throw new ShellError('unavailable', `A machine shares directories of this host, so it cannot run at ${uri}`, {
			hint: 'Use qemu:///system or qemu:///session',
		});
	if (spec.limits.memoryKiB < leastMemoryKiB) {
		throw new ShellError('usage', `The memory ${formatSizeKiB(spec.limits.memoryKiB)} is too small to boot a machine`, {
			hint: `Give at least ${formatSizeKiB(leastMemoryKiB)}.`,
		});
	}
	const arch = architectures[process.arch];
	if (arch === undefined) throw new ShellError('unavailable', `Machines are not made for ${process.arch} yet`);
	const account = resolveAccount(spec.user, caller, readAccountFiles(spec.root === '/' ? '' : spec.root));
	const temporary: Mount[] = [];
	const root = planMachineRoot(spec, readMountTable(), {account, temporary: (mount) => `${temporaryScheme}${temporary.push(mount) - 1}`});
	const isSession = isSessionUri(uri);
	const {kernel, transport, reason} = chooseKernelAndTransport(spec, root, {isSession, places});
	const hostTools = findHostTools();
	const userNetwork = isSession ? chooseUserNetwork() : undefined;
	return {
		spec,
		uri,
		isSession,
		arch,
		account,
		environment: makeEnvironment(account, caller, spec.user.kind === 'caller', spec.environment),
		root,
		kernel,
		transport,
		modules: chooseModules(spec, root, kernel, transport),
		hostTools,
		tools: chooseTools(spec, root, hostTools),
		temporary,
		userNetwork,
		notices: [
			{level: 'info', code: 'kernel', message: `The machine boots ${kernel.image} (${kernel.reason})`},
			{level: 'info', code: 'shares', message: `It gets the host's directories by ${transport.type} (${reason})`},
		],
	};
}

/** passt gives the guest the host's own addresses and routes: where the host has none, the guest would get none. */
function chooseUserNetwork(): 'passt' | 'slirp' {
	const routes = existsSync('/proc/net/route') ? readFileSync('/proc/net/route', 'latin1') : '';
	return passtPlaces.some((path) => existsSync(path)) && /^\S+\s+00000000\s/m.test(routes) ? 'passt' : 'slirp';
}

interface TransportChoice {
	readonly kernel: ChosenKernel;
	readonly transport: ShareTransport;
	readonly reason: string;
}

/** virtiofs where libvirtd is root's and has virtiofsd, else 9p; the second one too where no kernel has the first. */
function chooseKernelAndTransport(
	spec: SandboxSpec,
	root: MachineRoot,
	{isSession, places}: {readonly isSession: boolean; readonly places: KernelPlaces},
): TransportChoice {
	const needs: KernelNeed[] = [
		{anyOf: ['virtio_pci', 'virtio_mmio', 'virtio_ccw'], purpose: 'to talk to QEMU (virtio_pci)'},
		{anyOf: ['virtio_console'], purpose: 'to talk to the host (virtio_console)'},
	];
	if (root.disks.length > 0) needs.push({anyOf: ['virtio_blk'], purpose: 'to read disks (virtio_blk)'});
	if (spec.networks.length > 0) needs.push({anyOf: ['virtio_net'], purpose: 'to use a network (virtio_net)'});
	if (root.hasOverlay) needs.push({anyOf: ['overlay'], purpose: 'to make an overlay'});
	const [onlyType] = root.fileSystems.length === 1 ? root.fileSystems : [];
	if (onlyType !== undefined) needs.push({anyOf: fileSystemModules(onlyType).slice(0, 1), purpose: `to mount ${onlyType}`});

	const virtiofsd = virtiofsdPlaces.find((path) => existsSync(path));
	const choices: Array<{readonly transport: ShareTransport; readonly need: KernelNeed; readonly reason: string}> = [];
	if (!isSession && virtiofsd !== undefined) {
		choices.push({
			transport: {type: 'virtiofs', virtiofsd},
			need: {anyOf: ['virtiofs'], purpose: 'to share directories by virtiofs'},
			reason: 'libvirtd can start virtiofsd',
		});
	}
	choices.push({
		transport: {type: '9p'},
		need: {anyOf: ['9pnet_virtio'], purpose: 'to share directories by 9p'},
		reason: isSession ? 'virtiofsd needs root' : virtiofsd === undefined ? 'there is no virtiofsd' : 'no kernel has virtiofs',
	});
	let fault: unknown;
	for (const {transport, need, reason} of choices) {
		try {
			return {kernel: chooseKernel(spec.kernel, [need, ...needs], places), transport, reason};
		} catch (error) {
			fault ??= error;
		}
	}
	throw fault;
}

function chooseModules(spec: SandboxSpec, root: MachineRoot, {modules}: ChosenKernel, transport: ShareTransport): MachineModules {
	const present = (names: readonly string[]): string[] => names.filter((name) => hasModule(modules, name));
	const run = [
		...(root.disks.length > 0 ? ['virtio_blk'] : []),
		...(spec.networks.length > 0 ? present(['virtio_net', 'af_packet']) : []),
		...(root.hasOverlay ? ['overlay'] : []),
	];
	const fileSystems: Record<string, readonly string[]> = {};
	for (const type of root.fileSystems) fileSystems[type] = present(fileSystemModules(type));
	return {
		always: present([
			'virtio_pci',
			'virtio_mmio',
			'virtio_console',
			'virtio_rng',
			...(transport.type === 'virtiofs' ? ['virtiofs'] : ['9pnet_virtio', '9p']),
		]),
		run,
		fileSystems,
	};
}

/** The init's busybox comes with the initramfs; setpriv and env are the host's, taken along where the guest has another /usr. */
function chooseTools(spec: SandboxSpec, {plan}: MachineRoot, hostTools: HostTools): GuestTools {
	const needed = ['/usr', '/bin', '/lib', '/lib64'];
	const hides = plan.mounts.some(
		({cause, target}) => cause !== undefined && needed.some((directory) => isWithin(target, directory) || isWithin(directory, target)),
	);
	const {setpriv, env} = hostTools;
	const busybox = `${ioTarget}/busybox`;
	if (spec.root === '/' && !hides) return {busybox, setpriv: [setpriv], env: env === undefined ? undefined : [env], brought: []};
	const tools = bringTools(hostTools, ioTarget);
	return {...tools, busybox, brought: tools.brought.filter(({name}) => name !== 'busybox')};
}

/** The first session of a machine. */
export function planFirstMachineSession(plan: MachinePlan, options: Pick<StartOptions, 'caller' | 'size'>): SessionPlan {
	const {spec, account, environment, tools} = plan;
	const {uid, gid, groups} = account;
	const home = environment['HOME'] ?? '/';
	return {
		number: 0,
		words: spec.command,
		environment,
		directories: spec.cwd === undefined ? [options.caller.cwd, home] : [spec.cwd],
		directoryRequired: spec.cwd !== undefined,
		identity: {uid, gid, groups},
		terminal: spec.tty ? {tty: 0, mark: makeEndMark(), rows: options.size?.rows ?? 24, columns: options.size?.columns ?? 80} : undefined,
		// The guest's own files are not the command's.
		hold: false,
		tools,
	};
}

/** Names of the ports of the first session, besides `ctl`. */
export function firstPorts(spec: SandboxSpec): readonly string[] {
	return spec.tty ? [] : ['0.in', '0.out', '0.err'];
}

/** Paths in a machine's state directory. */
export function machinePaths(state: StateDirectory) {
	return {
		initrd: join(state.path, 'initrd'),
		bootLog: join(state.io, 'boot'),
		console: (index: number) => join(state.io, `console-${index}`),
		port: (name: string) => join(state.io, name),
	};
}

export interface MachineNames {
	readonly name: string;
	readonly uuid: string;
	readonly owner: ProcessIdentity;
	/** Of the temporary directories, in the plan's order. */
	readonly temporary: readonly string[];
	readonly seclabels: readonly Element[];
	readonly accel: AccelChoice;
	/** What QEMU boots: the kernel's image, or what was taken out of it. */
	readonly bootKernel: string;
	readonly firmware: string | undefined;
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
	const {spec, kernel} = plan;
	const {temporary, accel} = names;
	const paths = machinePaths(state);
	const backend = (text: string): Cause => ({kind: 'backend', text});
	const channels: MachineChannel[] = [
		{name: `${portPrefix}ctl`, socket: paths.port('ctl'), cause: backend("lines between this program and the sandbox's init")},
		...firstPorts(spec).map((name) => ({name: `${portPrefix}${name}`, socket: paths.port(name), cause: backend("the command's input and output")})),
	];
	const layout: MachineLayout = {
		name: names.name,
		uuid: names.uuid,
		domainType: accel.domainType,
		accelCause: backend(accel.domainType === 'kvm' ? `a machine of libvirt, with KVM: ${accel.reason}` : `a machine of libvirt, emulated: ${accel.reason}`),
		arch: plan.arch,
		kernel: names.bootKernel,
		kernelCause:
			spec.kernel.path === undefined && spec.kernel.version === undefined
				? {kind: 'default', text: `default: ${kernel.reason}`}
				: {kind: 'option', text: `kernel ${kernel.version}`},
		initrd: paths.initrd,
		commandLine: kernelCommandLine(plan.arch),
		firmware: names.firmware,
		transport: plan.transport,
		isSession: plan.isSession,
		shares: plan.root.shares.map((share) => ({...share, source: resolveSource(share.source, temporary)})),
		disks: plan.root.disks,
		channels,
		consoles: spec.tty ? [{socket: paths.console(0), cause: {kind: 'option', text: "tty: the command's terminal"}}] : [],
		bootLog: paths.bootLog,
		userNetwork: plan.userNetwork,
		metadata: {spec, id: state.id, stateDirectory: state.path, owner: names.owner},
		seclabels: names.seclabels,
	};
	return makeMachineDomain(spec, layout);
}

function resolveSource(source: string, temporary: readonly string[]): string {
	return source.startsWith(temporaryScheme) ? (temporary[Number(source.slice(temporaryScheme.length))] ?? source) : source;
}
