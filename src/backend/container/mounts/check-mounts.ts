import {ShellError} from '../../../core/errors.ts';
import {isWithin} from '../../../spec/paths.ts';
import {mountable} from '../../guest/image/file-systems.ts';
import {leftWritable} from '../../guest/streams/control-channel.ts';
import {ioTarget} from '../../guest/root/root-plan.ts';
import {beforeRemoval, showsPart, type KnownMount, type ShownPart} from '../../host/mounts/mount-table.ts';
import {isPartless, mountTreeOf, type MountedPlace, type MountTree} from '../../host/mounts/mount-tree.ts';
import {WayChanged} from '../../start/while-root-stays.ts';
import type {LayoutBind, LayoutMount} from '../domain/layout.ts';
import type {LaidMounts} from '../container-mounts.ts';
import type {ContainerPlan} from '../container-plan.ts';
import type {Controller} from '../controller.ts';
import {readTableOf} from './table-of.ts';

/**
 * Refuses a container, before anything but its waiting init runs in it, in which libvirt has mounted something elsewhere than it was told,
 * or something else: it mounts by path, and whoever writes to a directory on the way may have put a link there meanwhile.
 *
 * The tables of the kernel alone are asked, which no link leads elsewhere. Only root can read them; else nothing is checked.
 */
export function checkMounts(mounts: LaidMounts, controller: Controller | undefined, {spec, includes}: Pick<ContainerPlan, 'spec' | 'includes'>): void {
	const trees = readTrees(controller);
	const isMapped = spec.idmap !== undefined;
	if (trees === undefined) return;
	const exposed = findExposed(trees.guest);
	if (exposed !== undefined) {
		throw new ShellError('refused', `Libvirt has not mounted ${exposed} read-only in the sandbox, or somebody made libvirt undo that`, {
			hint: 'Try again; if it happens again, look at who has file systems mounted below directories of their own',
		});
	}
	const wrong = findWrong(mounts, trees, {isMapped});
	if (wrong === undefined) {
		requireNoStray(trees, mounts);
		return;
	}
	const {place, fault} = wrong;
	if (fault === 'writable' && isMapped) throw leftWritable(place);
	const copied = includes.find(({name}) => place === `${ioTarget}/${name}`)?.source;
	if (fault === 'other') {
		throw new ShellError(
			'refused',
			`Libvirtd sees something else at ${copied ?? `what is to be mounted at ${place}`} than this process, or the way there changed`,
			{
				hint: 'It may have a mount namespace of its own, where what was mounted or unmounted later does not show: restart it, or let it end where it is one of our own',
			},
		);
	}
	throw new WayChanged('refused', `The way to ${copied ?? `${place}, or to what is to be mounted there,`} changed while the sandbox started`, {
		hint: 'Try again; if it happens again, mount directories that nobody else writes to',
	});
}

function requireNoStray({guest, table}: ReadTrees, {binds, hides = [], rams, images = [], guestBinds = []}: LaidMounts): void {
	const planned = new Set([...binds, ...hides, ...rams, ...images, ...guestBinds].map(({target}) => target));
	const stray = findStray(table, guest, (place) => planned.has(place));
	if (stray === undefined) return;
	const {fileSystem, mountPoint} = stray;
	const isCgroup = fileSystem.startsWith('cgroup');
	throw new WayChanged(
		'refused',
		isCgroup
			? `Libvirt has mounted the host’s control groups at ${mountPoint} of the sandbox`
			: `Something of the kernel’s (${fileSystem}) lies at ${mountPoint} of the sandbox`,
		{
			hint: isCgroup
				? 'This host has them mounted a second time, and libvirt takes that place: unmount what `findmnt -t cgroup,cgroup2` shows outside of /sys/fs/cgroup, and restart libvirtd'
				: 'Something was mounted on this host just then: try again',
		},
	);
}

/** What libvirt may mount by itself in each directory of the sandbox's own, the innermost first. */
const ofLibvirt = [
	// Nobody sees it: a ram is to lie there.
	{directory: '/sys/fs/cgroup', holds: /^(?:cgroup2?|tmpfs)$/},
	{directory: '/sys', holds: /^(?:sysfs|securityfs|selinuxfs)$/},
	{directory: '/proc', holds: /^(?:proc|fuse\b.*)$/},
	{directory: '/dev', holds: /^(?:tmpfs|devpts|mqueue)$/},
] as const;
/** By which the kernel is asked and told. Elsewhere others have what the host mounts below a directory just then. */
const ofKernel =
	/^(?:cgroup2?|proc|sysfs|securityfs|selinuxfs|devpts|devtmpfs|debugfs|tracefs|bpf|configfs|efivarfs|pstore|binfmt_misc|fusectl|resctrl|rpc_pipefs|nfsd)$/;

/**
 * A mount that nobody planned and that is to be seen, of a kind by which the kernel is told something: libvirt mounts the host's control groups
 * wherever the host has them, and links of a root lead that to any directory. `tree`: of that table; `isPlanned`: whether something is to be mounted at a place.
 */
export function findStray(table: readonly KnownMount[], tree: MountTree, isPlanned: (place: string) => boolean): KnownMount | undefined {
	return table.find((mount) => !isPlanned(mount.mountPoint) && isOdd(mount) && tree.placeOf(mount.mountPoint)?.mount === mount);
}

function isOdd({mountPoint, fileSystem}: KnownMount): boolean {
	const around = ofLibvirt.find(({directory}) => isWithin(mountPoint, directory));
	return around === undefined ? ofKernel.test(fileSystem) : !around.holds.test(fileSystem);
}

interface MountTrees {
	/** As libvirt saw it when it made the mounts. */
	readonly host: MountTree;
	readonly guest: MountTree;
}

interface ReadTrees extends MountTrees {
	/** Of the guest. */
	readonly table: readonly KnownMount[];
}

/** Undefined: there is nothing to look at. */
function readTrees(controller: Controller | undefined): ReadTrees | undefined {
	const [host, guest] = [readTableOf(controller?.pid), readTableOf(controller?.initPid)];
	return host === undefined || guest === undefined ? undefined : {host: mountTreeOf(host), guest: mountTreeOf(guest), table: guest};
}

/** What libvirt mounts by itself that is a wall. */
const walls = [
	{target: '/proc/sys', fileSystem: 'proc', path: '/sys'},
	{target: '/sys', fileSystem: 'sysfs', path: '/'},
] as const;

/**
 * One of libvirt's own that is not there: it takes the mounts of the host out of the guest by their paths, which a link of whoever has one
 * below a directory of theirs can lead to one of the guest's.
 */
export function findExposed(guest: MountTree): string | undefined {
	return walls.find(({target, fileSystem, path}) => {
		const found = guest.placeOf(target);
		return found?.mount.mountPoint !== target || found.mount.fileSystem !== fileSystem || found.path !== path || !found.mount.readonly;
	})?.target;
}

interface WrongMount {
	readonly place: string;
	/** `other`: it is what libvirt has there, and not what the plan has seen. */
	readonly fault: 'elsewhere' | 'other' | 'writable';
}

/** A target that has not got what was planned, or has it writable. Each mount was made once: where all targets have theirs, none was made elsewhere. */
export function findWrong(mounts: LaidMounts, trees: MountTrees, {isMapped = false}: {readonly isMapped?: boolean} = {}): WrongMount | undefined {
	for (const [target, {readonly, isRight, shown}] of expectations(mounts, trees, isMapped)) {
		const found = trees.guest.placeOf(target);
		const isThere = found?.mount.mountPoint === target;
		if (!isThere || !isRight(found)) return {place: target, fault: 'elsewhere'};
		if (shown !== undefined && !showsPart(found.mount, shown)) return {place: target, fault: 'other'};
		// libvirt makes it read-only by its path, and goes on where that leads elsewhere by then.
		if (readonly && !found.mount.readonly) return {place: target, fault: 'writable'};
	}
	return undefined;
}

interface Expectation {
	readonly readonly: boolean;
	readonly shown?: ShownPart | undefined;
	isRight(found: MountedPlace): boolean;
}

type Expected = LayoutMount & Pick<LayoutBind, 'shown'>;

/** What each target is to have; of several mounts at one the last, which hides the others. */
function expectations(mounts: LaidMounts, {host, guest}: MountTrees, isMapped: boolean): Map<string, Expectation> {
	const expected = new Map<string, Expectation>();
	const expect = ({target, readonly, cause, shown}: Expected, isRight: Expectation['isRight'], isOurs = cause.kind !== 'option'): void => {
		// With mapped ids libvirt cannot make ours read-only, which belongs to nobody in the guest then.
		expected.set(target, {readonly: readonly && !(isMapped && isOurs), isRight, shown});
	};
	const bind = (mount: Expected, source: string): void => {
		// What nobody asked for may be removed or replaced as it likes: the sandbox has what was there.
		const named = mount.cause.kind === 'default' ? beforeRemoval : <Place>(place: Place): Place => place;
		expect(mount, (found) => isSame(named(found), named(host.placeOf(source))), isWithin(source, mounts.ioDirectory));
	};
	bind({target: ioTarget, readonly: true, cause: {kind: 'backend', text: ''}}, mounts.ioDirectory);
	for (const mount of mounts.binds) bind(mount, mount.source);
	for (const mount of mounts.hides ?? []) bind({...mount, readonly: true}, `${mounts.ioDirectory}/empty-${mount.of}`);
	for (const ram of mounts.rams) expect(ram, ({mount, path}) => mount.fileSystem === 'tmpfs' && path === '/');
	for (const image of mounts.images ?? []) expect(image, ({mount}) => isOnBlocks(mount) && mountable.has(mount.fileSystem));
	for (const shown of mounts.guestBinds ?? []) expect(shown, (found) => isSame(found, guest.placeOf(shown.source, found.mount)));
	return expected;
}

function isSame(found: MountedPlace, meant: MountedPlace | undefined): boolean {
	return found.device === meant?.device && (found.path === meant.path || isPartless(meant.mount));
}

/** The kernel gives btrfs a number as it gives file systems without a device. */
function isOnBlocks({device, fileSystem}: MountedPlace['mount']): boolean {
	return !device.startsWith('0:') || fileSystem === 'btrfs';
}
