import {ShellError} from '../../core/errors.ts';
import {formatDisk} from '../../spec/parse/parse-disk.ts';
import type {Disk, Image, Mount, Network, SandboxSpec} from '../../spec/types.ts';
import {validateSpec} from '../../spec/validate-spec.ts';
import {gainsNothing, placesOf, type GuestPlace} from '../guest/root/guest-places.ts';
import {makeEnvironment} from '../guest/command-environment.ts';
import {chooseFilter, filterNotices} from '../guest/filter/choose-filter.ts';
import {checkImage} from '../guest/image/check-image.ts';
import {refuseOrders} from '../guest/image/file-systems.ts';
import {refuseMember} from '../guest/image/host-member.ts';
import {refuseTwice} from '../guest/image/refuse-twice.ts';
import {wayOfInclude} from '../guest/include-functions.ts';
import {locateForCopy} from '../guest/root/locate-in-root.ts';
import {canBeReadonly} from '../guest/root/mapped-mounts.ts';
import {requireIncludeSource} from '../guest/root/mount-kinds.ts';
import {planRoot} from '../guest/root/plan-root.ts';
import {settleSources, type SettledSources} from '../guest/root/settle-sources.ts';
import {planHosts, type HostsPlan} from '../guest/own-name.ts';
import {shownFinder} from '../guest/root/note-shown.ts';
import type {ResolverPlan} from '../guest/network-script.ts';
import {findProgramArchitecture} from '../guest/program/program-file.ts';
import type {ProgramBasis} from '../guest/program/program-basis.ts';
import {rootBase, type RootPlan} from '../guest/root/root-plan.ts';
import {placeOfStates} from '../guest/state/state-directory.ts';
import type {Caller} from '../host/caller.ts';
import {findClosedPlaces} from '../host/mounts/closed-places.ts';
import {cgroupMounts} from '../host/mounts/cgroup-mounts.ts';
import {openHostFacts, type HostFacts} from '../host/host-facts.ts';
import type {HostMount, KnownMount, ShownPart} from '../host/mounts/mount-table.ts';
import {waysFor} from '../host/mounts/waiting-mounts.ts';
import {findSecondPlaces, findUnseenPlaces} from '../host/mounts/unseen-places.ts';
import {resolveAccount, type Account} from '../host/users.ts';
import type {Plan, StartOptions} from '../types.ts';
import {chainNotices, endNotices} from '../start/image-notices.ts';
import {hiddenNotices} from '../start/hidden-notices.ts';
import {assignConsoles, type Consoles} from '../start/running-sandbox.ts';
import {noteTemporary} from '../start/temporary-sources.ts';
import type {LayoutDisk} from './domain/layout.ts';
import {diskName} from './domain/make-container-domain.ts';
import {findLate} from './mounts/late-mounts.ts';
import {planOwnResolver} from './plan-own-resolver.ts';
import {planKernelFiles, usualFixing, type Fixing, type KernelFiles} from './mounts/kernel-files.ts';
import {planMountPoints, type MadeDirectory} from './mounts/mount-points.ts';
import {requireNothingInUnseen, requireRamsInPlace, requireRunUncovered} from './mounts/refused-mounts.ts';
import type {DiskPlan, IncludePlan} from './setup-script.ts';
import {refuseStarved, requireNbd} from './images/nbd.ts';
import {findSwapCounting, planSwap, type SwapPlan} from './cgroups/plan-swap.ts';
import type {LoopImage} from './images/loop-images.ts';
import {requireMapping, usersIn} from './idmap/mapped-ids.ts';

/** An include with what of the host is mounted at its place in `io`. */
interface BroughtInclude extends IncludePlan {
	readonly source: string;
	readonly isDirectory: boolean;
	/** What is to be seen there, where others may change the way to it. */
	readonly shown?: ShownPart;
}

/** All that is known of a container before anything is made for it. */
export interface ContainerPlan {
	/** As it was asked for. */
	readonly spec: SandboxSpec;
	/** Where a source of it lies, by its name. */
	readonly placeOf: SettledSources<SandboxSpec>['placeOf'];
	/** Prefix of its root on the host. */
	readonly rootBase: string;
	readonly uri: string;
	readonly account: Account;
	readonly environment: Readonly<Record<string, string>>;
	readonly root: RootPlan;
	/** Where it has mounts that libvirt does not make. */
	readonly late: ReadonlySet<string>;
	/** What it has in the place of read-only rams. */
	readonly made: readonly MadeDirectory[];
	/** On the host. */
	readonly busybox: string;
	/** What the first process is written by. */
	readonly begin: ProgramBasis;
	/** What a command is begun by. */
	readonly program: ProgramBasis;
	readonly includes: readonly BroughtInclude[];
	/** With whose rights they are read; undefined: root's. */
	readonly includeReader: Account | undefined;
	readonly networks: readonly Network[];
	readonly disks: ReadonlyArray<DiskPlan & LayoutDisk>;
	/** All images, of mounts and disks. */
	readonly images: ReadonlyArray<Image & {readonly readonly: boolean}>;
	/** Those that are not raw. */
	readonly nbdImages: readonly string[];
	/** Raw ones, but disks that are read-only, on which no file system is mounted. */
	readonly loopImages: readonly LoopImage[];
	readonly swap: SwapPlan;
	/** Where the guest's resolver looks; undefined: not ours to set. */
	readonly resolver: ResolverPlan | undefined;
	/** Its own /etc/hosts; undefined: not ours to make. */
	readonly hosts: HostsPlan | undefined;
	/** Mounts whose source is a temporary directory, in order. */
	readonly temporary: readonly Mount[];
	readonly consoles: Consoles;
	readonly places: readonly GuestPlace[];
	readonly kernelFiles: KernelFiles;
	/** What this process had mounted then. */
	readonly mountTable: HostFacts['mountTable'];
	readonly notices: Plan['notices'];
}

/** Checks a spec against this host. Reads, changes nothing; a fault is a ShellError. */
export async function planContainer(
	named: SandboxSpec,
	uri: string,
	options: Pick<StartOptions, 'caller' | 'host'>,
	fixing: Fixing = usualFixing(),
): Promise<ContainerPlan> {
	validateSpec(named);
	const {caller, host = openHostFacts()} = options;
	const {spec, placeOf} = settleSources(named, host.mountTable(), caller.uid);
	if (spec.command.length === 0) throw new ShellError('usage', 'There is no command to run');
	const architecture = findProgramArchitecture(process.arch);
	if (architecture === undefined) {
		throw new ShellError('unavailable', `Containers are not made for ${process.arch} yet`, {hint: 'Use a host of x86-64 or arm64'});
	}
	const base = rootBase(spec);
	const account = resolveAccount(spec.user, caller, host.accounts(base));
	if (!gainsNothing(account, caller)) {
		const what = account.uid === caller.uid ? 'in other groups' : 'as another user';
		throw new ShellError('refused', `Only root can run the command of a container ${what}`, {hint: 'Leave the user out, or run it as root'});
	}
	requireMapping(spec, caller.uid, account);
	const temporary: Mount[] = [];
	// The kernel refuses a namespace of users what lies differently where the mounts are made.
	const table = spec.idmap === undefined ? host.mountTable() : host.daemonMounts(uri);
	const places = findClosedPlaces({caller, account, accounts: host.accounts(''), states: placeOfStates(caller), mountTable: host.mountTable()});
	const unseen = findUnseenPlaces(host.mountTable(), places);
	const closed = [...places, ...findSecondPlaces(host.mountTable(), unseen)];
	const kernelFiles = planKernelFiles(spec, caller, fixing);
	const planned = planRoot(spec, table, (mount) => noteTemporary(temporary, mount), {
		closed,
		unseen,
		ownTable: host.mountTable(),
		settings: kernelFiles.ofLibvirt,
		...waysFor(caller.uid, host.mountTable()),
	});
	requireNothingInUnseen(planned);
	requireRunUncovered(planned);
	const {root, made} = planMountPoints(planned, spec.idmap, caller.uid);
	if (caller.uid !== 0) requireRamsInPlace(root, caller.uid);
	const disks = spec.disks.map(planDisk);
	const mounted = root.mounts.filter((mount) => mount.kind === 'image');
	for (const image of mounted) refuseOrders(image);
	const images = [...mounted, ...disks];
	images.forEach(refuseMember);
	refuseTwice(images);
	const nbdImages = requireNbd(images, host.nbdLack);
	if (spec.limits.cpuQuotaPercent !== undefined) images.forEach(refuseStarved);
	const loopImages = images.flatMap(({source, format, readonly, ...image}) =>
		format !== 'raw' || (readonly && 'tag' in image) ? [] : {source, isReadonlyMount: readonly},
	);
	// What it can do takes a process to find out: only for what some lack.
	const busybox = spec.networks.length === 0 ? host.busybox() : host.networkBusybox();
	const includes = planIncludes(spec, {root, table: host.mountTable(), caller});
	if (spec.idmap !== undefined) for (const {source} of includes) requireReadonly(source, table);
	const swap = planSwap(spec.limits, findSwapCounting(cgroupMounts(host.mountTable())));
	const notices: Array<Plan['notices'][number]> = [
		...hiddenNotices(root, spec.cwd ?? caller.cwd),
		...chainNotices(images),
		...endNotices(disks, {isCut: true}),
	];
	const filter = await chooseFilter(spec, {architecture});
	const isDefault = spec.seccomp === 'default';
	notices.push(...filterNotices(spec));
	const owners = spec.idmap === undefined ? [] : usersIn(spec.idmap, host.accounts(''));
	if (owners.length > 0) {
		const message = `The container has the rights of users of this host, whose ids it is given: ${owners.join(', ')}`;
		notices.push({level: 'warning', code: 'idmap-users', message});
	}
	if (swap.isAsked && swap.counting === 'none') {
		notices.push({level: 'warning', code: 'swap-limit', message: 'Nothing limits the swap of the sandbox: this host does not count it'});
	}
	const resolver = spec.networks.length === 0 ? undefined : planOwnResolver(root, caller.uid, notices);
	const hosts = planHosts(root);
	const besides = [hosts?.target ?? [], resolver?.kind === 'bind' ? resolver.target : []].flat();
	const late = caller.uid === 0 ? findLate(root, besides) : new Set<string>();
	if (late.size > 0) {
		const message = `Mounted by virt-sandbox, not by libvirt, as others may write on the way there: ${[...late].join(', ')}`;
		notices.push({level: 'info', code: 'late-mounts', message});
	}
	return {
		spec: named,
		placeOf,
		rootBase: base,
		uri,
		account,
		environment: makeEnvironment(account, caller, spec.user.kind === 'caller', spec.environment),
		root,
		late,
		made,
		busybox,
		// A filter that somebody brings may want what the init does, too.
		begin: {architecture, filter: isDefault ? filter : undefined},
		program: {architecture, filter: isDefault ? undefined : filter},
		includes,
		includeReader: caller.uid === 0 || includes.length === 0 ? undefined : account,
		networks: spec.networks,
		disks,
		images,
		nbdImages,
		loopImages,
		swap,
		hosts,
		resolver,
		temporary,
		consoles: assignConsoles(spec),
		places: placesOf(root.mounts),
		kernelFiles,
		mountTable: host.mountTable,
		notices,
	};
}

/** What has to be copied, and the places of the guest without links. */
function planIncludes(
	spec: SandboxSpec,
	{root, table, caller: {uid}}: {readonly root: RootPlan; readonly table: readonly KnownMount[]; readonly caller: Pick<Caller, 'uid'>},
): BroughtInclude[] {
	const shownOf = shownFinder(table);
	return spec.includes.map(({guest, host}, index) => {
		const isDirectory = requireIncludeSource(host, root.hostMounts) === 'directory';
		const {target} = locateForCopy(root, guest);
		const shown = shownOf(host);
		return {name: `include-${index}`, source: host, isDirectory, ...(shown && {shown}), target, way: wayOfInclude(root, target, uid)};
	});
}

/** libvirt would leave it writable. */
function requireReadonly(source: string, table: readonly HostMount[]): void {
	if (canBeReadonly(source, table)) return;
	throw new ShellError('refused', `With mapped ids ${source} cannot be copied in: its file system is mounted nosuid, nodev or noexec`, {
		hint: 'Copy it to another file system first, or leave the idmap out',
	});
}

function planDisk(disk: Disk, index: number): DiskPlan & LayoutDisk {
	checkImage(disk);
	const {tag, source, format, chain, readonly} = disk;
	return {tag, node: diskName(index), source, format, chain, readonly, cause: {kind: 'option', text: `disk ${formatDisk(disk)}`}};
}
