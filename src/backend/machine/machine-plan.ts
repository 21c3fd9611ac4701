import {totalmem} from 'node:os';
import {ShellError} from '../../core/errors.ts';
import {formatSizeKiB} from '../../core/units.ts';
import type {Limits, Mount, SandboxSpec} from '../../spec/types.ts';
import {validateSpec} from '../../spec/validate-spec.ts';
import {makeEnvironment} from '../guest/command-environment.ts';
import {initApplets} from '../guest/init-functions.ts';
import {chooseFilter, filterNotices} from '../guest/filter/choose-filter.ts';
import {kindOfFile} from '../guest/root/mount-kinds.ts';
import {settleSources, type SettledSources} from '../guest/root/settle-sources.ts';
import {findBusybox, requireApplets} from '../host/busybox.ts';
import {isLocalUri, isSessionUri} from '../host/libvirtd/local-uri.ts';
import {readMountTable, type HostMount} from '../host/mounts/mount-table.ts';
import type {Plan, StartOptions} from '../types.ts';
import {hiddenNotices} from '../start/hidden-notices.ts';
import {chainNotices, endNotices, keptNotices} from '../start/image-notices.ts';
import {assignConsoles, type SessionBasis} from '../start/running-sandbox.ts';
import type {MachineLayout, ShareTransport} from './domain/layout.ts';
import {isUserNetwork} from './domain/make-machine-domain.ts';
import type {MachineRoot} from './root/machine-root.ts';
import {planGuestRoot} from './root/plan-guest-root.ts';
import {exportTree, type TreeExports} from './root/tree-exports.ts';
import {hostKernelPlaces, type ChosenKernel, type KernelPlaces} from './boot/kernels.ts';
import {chooseKernelAndTransport, chooseModules, type MachineModules} from './boot/machine-kernel.ts';
import {chooseUserNetwork, readUserNetworkFacts} from './user-network.ts';

/** All that is known of a machine before anything is made for it. */
export interface MachinePlan extends SessionBasis, Pick<MachineLayout, 'arch' | 'isSession' | 'canTune' | 'lendsImages' | 'userNetwork'> {
	/** As it was asked for. */
	readonly spec: SandboxSpec;
	/** Where a source of it lies, by its name. */
	readonly placeOf: SettledSources<SandboxSpec>['placeOf'];
	readonly uri: string;
	readonly root: MachineRoot;
	readonly kernel: ChosenKernel;
	readonly transport: ShareTransport;
	/** What 9p brings of the tree. */
	readonly shared: TreeExports;
	readonly modules: MachineModules;
	/** On the host. */
	readonly busybox: string;
	/** Mounts whose source is a temporary directory, in order. */
	readonly temporary: readonly Mount[];
	readonly notices: Plan['notices'];
}

/** With less the kernel does not get as far as its first process. */
const leastMemoryKiB = 96 * 1024;
/** The guest's init has programs in machine code. */
const architectures: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {x64: 'x86_64'};

/** Checks a spec against this host. Reads, changes nothing; a fault is a ShellError. */
export async function planMachine(
	named: SandboxSpec,
	uri: string,
	{caller}: Pick<StartOptions, 'caller'>,
	places: KernelPlaces = hostKernelPlaces(),
): Promise<MachinePlan> {
	validateSpec(named);
	const mountTable = readMountTable();
	const {spec, placeOf} = settleSources(named, mountTable, caller.uid);
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
	const hostKiB = Math.floor(totalmem() / 1024);
	if (spec.limits.memoryKiB > hostKiB) {
		// For people.
		const hostMiB = Math.floor(hostKiB / 1024);
		const message = `This host has ${formatSizeKiB(hostMiB * 1024)} of memory, and the machine is to have ${formatSizeKiB(spec.limits.memoryKiB)}`;
		throw new ShellError('refused', message, {hint: 'Give it less (--memory), or run a container'});
	}
	const arch = architectures[process.arch];
	if (arch === undefined) {
		throw new ShellError('unavailable', `Machines are not made for ${process.arch} yet`, {hint: 'Use a container (-c lxc:///system)'});
	}
	const busybox = requireApplets(findBusybox(), initApplets);
	const {base, account, temporary, root} = planGuestRoot(spec, mountTable, caller);
	const isSession = isSessionUri(uri);
	const canTune = !isSession || caller.uid === 0;
	const {kernel, transport, reason} = chooseKernelAndTransport(spec, root, {isRoot: !isSession && caller.uid === 0, places});
	const kept = spec.mounts.find((mount) => mount.type === 'overlay' && mount.upper !== undefined);
	if (transport.type === '9p' && kept !== undefined) {
		throw new ShellError('unavailable', `The changes of the overlay at ${kept.target} cannot be kept: 9p lacks what overlayfs needs for its notes`, {
			hint: 'Leave out upper=, and copy what is to stay elsewhere; or run it as root (qemu:///system), which shares by virtiofs',
		});
	}
	const shared = shareTree(root, transport, mountTable, caller.uid);
	const hasUserNetwork = spec.networks.some((network) => isUserNetwork(network, {isSession}));
	return {
		spec: named,
		placeOf,
		rootBase: base,
		uri,
		isSession,
		canTune,
		arch,
		account,
		environment: makeEnvironment(account, caller, spec.user.kind === 'caller', spec.environment),
		root,
		lendsImages: !isSession && caller.uid === 0 && givesFilesAway(spec),
		kernel,
		transport,
		shared,
		modules: chooseModules(spec, root, kernel, transport),
		busybox,
		program: {architecture: 'x64', filter: await chooseFilter(spec, {architecture: 'x64', kernel: kernel.version})},
		temporary,
		userNetwork: hasUserNetwork ? chooseUserNetwork(spec.networks, readUserNetworkFacts()) : undefined,
		consoles: assignConsoles(spec),
		places: root.places,
		notices: [
			{level: 'info', code: 'kernel', message: `The machine boots ${kernel.image} (${kernel.reason})`},
			{level: 'info', code: 'shares', message: `It gets the host's directories by ${transport.type} (${reason})`},
			...filterNotices(spec),
			...hiddenNotices(root.plan, spec.cwd ?? caller.cwd),
			...lacks(shared),
			...(hasUserNetwork ? [hostIsReached] : []),
			...(canTune ? [] : untuned(spec.limits)),
			...chainNotices(root.disks),
			...endNotices(spec.disks, {isCut: false}),
			...(isSession || caller.uid === 0 ? [] : keptNotices(root.disks)),
		],
	};
}

/** Whether the machine's label lets files be given to the user of its QEMU. */
function givesFilesAway({security: {mode, model, relabel}}: SandboxSpec): boolean {
	if (mode === 'none') return false;
	return model !== 'dac' || (mode !== 'inherit' && (mode !== 'static' || relabel === true));
}

/** What of a tree 9p has to bring. */
export function shareTree({tree}: MachineRoot, {type}: ShareTransport, mountTable: readonly HostMount[], caller: number): TreeExports {
	return type === 'virtiofs' ? {exports: [], made: [], missing: [], cut: [], others: []} : exportTree(tree, mountTable, caller);
}

/** Longest list of what a machine lacks: an earlier sandbox may have made thousands. */
const mostTold = 20;

/** A file beside the directories of a root is hardly worth a warning, nor is what another user has below it. */
function lacks({missing, cut, others}: TreeExports): Plan['notices'] {
	const isDirectory = (path: string): boolean => kindOfFile(path) === 'directory';
	const isOther = (path: string): boolean => !isDirectory(path);
	const loud = {level: 'warning', code: 'lacks'} as const;
	const quiet = {level: 'info', code: 'shares'} as const;
	const tell = (paths: readonly string[], how: typeof loud | typeof quiet, what: (path: string) => string): Plan['notices'] => {
		const messages = paths.slice(0, mostTold).map(what);
		if (paths.length > mostTold) messages.push(what(`${paths.length - mostTold} more`));
		return messages.map((message) => ({...how, message}));
	};
	const beside = (path: string): string => `The machine lacks ${path}: 9p shares whole directories, and this lies beside what a machine must not see`;
	return [
		...tell(missing.filter(isDirectory), loud, beside),
		...tell(missing.filter(isOther), quiet, beside),
		...tell(cut, loud, (path) => `The machine lacks a part of ${path}: what lies beside something it must not see is copied, and this is too much to copy`),
		...tell(others, quiet, (path) => `The machine lacks ${path}: others may change it, and 9p would have it taken apart or copied`),
	];
}

/** What only a libvirtd of root's can do, by control groups. */
function untuned({cpuShares, cpuQuotaPercent, ioWeight}: Limits): Plan['notices'] {
	const asked = {'cpu-shares': cpuShares, 'cpu-quota': cpuQuotaPercent, 'io-weight': ioWeight};
	return Object.entries(asked).flatMap(([name, value]) => {
		const message = `--${name} has no effect on this machine: only a libvirtd of root's (qemu:///system) can limit that`;
		return value === undefined ? [] : {level: 'warning', code: 'no-limit', message};
	});
}

/** Neither passt nor slirp, as libvirt starts them, can be told to leave it out. */
const hostIsReached = {
	level: 'warning',
	code: 'user-network',
	message: "The machine's user network also leads to what listens on this host's 127.0.0.1",
} as const;
