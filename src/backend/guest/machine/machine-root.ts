import {formatDisk} from '../../../spec/parse-disk.ts';
import {formatMount} from '../../../spec/parse-mount.ts';
import {innermost, isWithin} from '../../../spec/paths.ts';
import type {HostBind, Mount, Overlay, SandboxSpec} from '../../../spec/types.ts';
import type {MachineDisk} from '../../domain/machine/layout.ts';
import type {ClosedPlace} from '../../host/closed-places.ts';
import type {KnownMount} from '../../host/mount-table.ts';
import {futurePath} from '../../host/real-path.ts';
import {waysFor} from '../../host/waiting-mounts.ts';
import {lstatIfThere} from '../../host/firm-way.ts';
import type {UnseenPlace} from '../../host/unseen-places.ts';
import type {Cause} from '../../xml/element.ts';
import {placesOf, type GuestPlace} from '../guest-places.ts';
import {quote, type Identity} from '../command-file.ts';
import {checkImage} from '../image/check-image.ts';
import {wayOfInclude} from '../include-functions.ts';
import {locateForCopy} from '../locate-in-root.ts';
import {kindOfFile, requireIncludeSource} from '../mount-kinds.ts';
import {shownFinder} from '../note-shown.ts';
import {planResolver, resolverFile, resolverLink} from '../network-script.ts';
import {pingGroups} from '../program/ping-program.ts';
import {planRoot, type GuestMount, type RootPlan} from '../root-plan.ts';
import {guestDirectory, runDirectory} from './boot-script.ts';
import {HostTreeMaker, treePlace, type HostTree} from './host-tree.ts';
import {isPin, makePlaces} from './make-places.ts';
import {
	bindProgram,
	fixProgram,
	madePlace,
	freshProgram,
	moveProgram,
	overlayProgram,
	placeProgram,
	ramsProgram,
	showProgram,
	sourceProgram,
	type Ram,
} from './mount-programs.ts';

/** Of what is gone since somebody looked. */
const usualTop = {mode: 0o755, uid: 0, gid: 0} as const;

/** What a guest's root is made of: what the host gives to it, and the lines by which the boot script puts it together. */
export interface MachineRoot {
	readonly plan: RootPlan;
	readonly places: readonly GuestPlace[];
	/** What it sees of the host. */
	readonly tree: HostTree;
	readonly disks: readonly MachineDisk[];
	/** Types of file systems that the images may hold. */
	readonly fileSystems: readonly string[];
	/** Whether the guest makes an overlay. */
	readonly hasOverlay: boolean;
	/** The shell functions `share` and `plan`, and in `within` whether the second has to go on within the guest's root. */
	readonly script: string;
	/** Programs that it runs, by their names in the directory of the run; `tree` is not among them. */
	readonly programs: ReadonlyMap<string, Buffer>;
}

/** Plans a machine's root, of a spec with settled sources: that of a container, with the host's directories in a tree that is shared. Reads directories, changes nothing. */
export function planMachineRoot(
	spec: SandboxSpec,
	mountTable: readonly KnownMount[],
	options: {
		readonly temporary: (mount: Mount) => string;
		readonly account: Identity;
		/** The user who starts it. */
		readonly caller: number;
		/** Where the state of all sandboxes is, which none of them sees. */
		readonly state: string;
		/** What else of the host none sees. */
		readonly closed: readonly ClosedPlace[];
		/** Where all that is in file systems, which the host may have mounted twice. */
		readonly unseen?: readonly UnseenPlace[];
	},
): MachineRoot {
	const overlays = new Map<Mount, Overlay>();
	// A container has no overlay: to the plan it is a directory of the host at the same place.
	const mounts = spec.mounts.map((mount) => {
		if (mount.type !== 'overlay') return mount;
		const stand: HostBind = {type: 'host-bind', target: mount.target, source: mount.source, readonly: mount.readonly, relabel: undefined};
		overlays.set(stand, mount);
		return stand;
	});
	const ways = waysFor(options.caller, mountTable);
	const plan = planRoot({...spec, mounts}, mountTable, options.temporary, {unseen: options.unseen ?? [], ...ways});
	const isOverlay = (mount: GuestMount): boolean => mount.cause !== undefined && mount.cause.type === 'host-bind' && overlays.has(mount.cause);
	const maker = new HostTreeMaker(plan, {
		isOwn: isOverlay,
		shownOf: shownFinder(mountTable),
		mayAsk: ways.mayAsk,
	});
	const ownCause: Cause =
		spec.root === '/' ? {kind: 'default', text: "default: the host's own root, read-only"} : {kind: 'option', text: `root ${spec.root}`};
	const lines = ['echo "$name" >/proc/sys/kernel/hostname', `${runDirectory}/tree || fatal share "cannot mount what the host shares"`];
	if (spec.networks.length > 0) lines.push(`echo ${pingGroups} >/proc/sys/net/ipv4/ping_group_range`);
	const disks: MachineDisk[] = [];
	const fileSystems = new Set<string>();
	const rest: string[] = [];
	const programs = new Map<string, Buffer>();
	const addProgram = (kind: string, program: Buffer): string => {
		const name = `${kind}-${programs.size}`;
		programs.set(name, program);
		return programPath(name);
	};
	/** Places of rams that become read-only when all is mounted. */
	const late: string[] = [];
	let fresh: Ram[] = [];
	/** What nobody asked for is mounted by one program, as far as nothing else comes between. */
	const addFresh = (): void => {
		if (fresh.length === 0) return;
		rest.push(`${addProgram('rams', freshProgram(fresh))} || fatal mount "cannot mount the empty directories of the guest"`);
		fresh = [];
	};
	// What nobody asked for is within the guest's root by itself, and an emulated guest takes its time for another start of its shell.
	let isPlain = true;
	const add = (...lines: readonly string[]): void => {
		addFresh();
		rest.push(...lines);
		isPlain = false;
	};
	/** The guest's paths of what its overlays are made of, by their places. */
	const layers = new Map<string, {readonly lower: string; readonly upper: string | undefined}>();
	/**
	 * What an overlay lies over is hidden in the tree, and what an earlier guest has made in its place. The kernel lets an overlay show no
	 * directory with something mounted on it, so that is an error to look at. A file is hidden by the guest itself as well, so that it stays.
	 */
	const hideInOverlay = ({target, of}: GuestMount & {readonly kind: 'hide'}): void => {
		const [place = '', {lower = '', upper} = {}] = innermost([...layers], target, ([each]) => each) ?? [];
		maker.cover(lower + target.slice(place.length), of);
		if (upper !== undefined) {
			maker.cover(upper + target.slice(place.length), 'any');
			// A link there leads elsewhere.
			add(`straight ${quote(target)}`);
		}
		if (of === 'file') add(`attach ${addProgram('hide', bindProgram(`${treePlace}/nothing/file`, target, {readonly: true}))} ${quote(target)} mount`);
	};
	const placeFor = makePlaces(plan, {
		isOverlay,
		make: (target, like) => `made ${addProgram('place', placeProgram(target, like))} ${quote(target)}`,
	});
	for (const mount of plan.mounts) {
		const cause = mount.cause === undefined ? ownCause : optionCause(mount.cause);
		const source = maker.place(mount, cause);
		if (mount.kind === 'ram' && mount.cause === undefined) {
			// The guest's kernel has its own /sys.
			if (mount.target !== '/sys/fs/cgroup') fresh.push(mount);
			continue;
		}
		const {target} = mount;
		const at = quote(target);
		switch (mount.kind) {
			case 'bind': {
				const overlay = mount.cause === undefined ? undefined : overlays.get(mount.cause);
				if (overlay !== undefined && mount.source !== overlay.source) {
					// A directory on the way to what is mounted deeper, which nobody is to rename.
					add(`straight ${at}`, `attach ${addProgram('show', showProgram({source: target, target, readonly: false}))} ${at} mount`);
				} else if (overlay !== undefined) {
					const lower = maker.reach(overlay.source, true, cause, {isWhole: true});
					const kept = overlay.upper === undefined ? undefined : maker.reach(overlay.upper, false, cause);
					layers.set(target, {lower, upper: kept && `${kept}/upper`});
					const program = overlayProgram({
						target,
						lower,
						upper: kept ?? `upper/${programs.size}`,
						isMemory: kept === undefined,
						top: lstatIfThere(overlay.source) ?? usualTop,
						readonly: overlay.readonly,
					});
					add(placeFor(target), `attach ${addProgram('overlay', program)} ${at} overlay`);
				} else if (source !== undefined) add(placeFor(target, source), `attach ${addProgram('bind', bindProgram(source, target))} ${at} mount`);
				break;
			}
			case 'ram': {
				// What is mounted in it needs its place first.
				const isLate = mount.readonly && plan.mounts.some((other) => other !== mount && isWithin(other.target, target));
				add(placeFor(target), `attach ${addProgram('ram', ramsProgram([{...mount, readonly: mount.readonly && !isLate}]))} ${at} mount`);
				if (isLate) late.push(target);
				break;
			}
			case 'guest-bind':
				if (mount.cause !== undefined) {
					const from = quote(mount.source);
					add(
						`straight ${from}`,
						placeFor(target, isPin(mount) ? undefined : mount.source),
						`attach ${addProgram('show', showProgram(mount))} ${at} mount`,
					);
				}
				break;
			case 'hide':
				// The tree has it hidden, but for what the guest puts together itself.
				if (maker.isOfGuest(target)) hideInOverlay(mount);
				break;
			case 'image': {
				const {source: file, format, chain, readonly} = mount;
				for (const type of mount.fileSystems) fileSystems.add(type);
				// No tag of a disk begins so.
				const serial = `-image-${disks.length}`;
				disks.push({serial, source: file, isBlock: isBlock(file), format, chain, readonly, cause});
				add(
					placeFor(target),
					`image ${addProgram('image', moveProgram(target))} ${serial} ${at} ${readonly ? 'ro' : 'rw'} ${mount.fileSystems.join(' ')}`,
				);
				break;
			}
			default:
				mount satisfies never;
		}
	}
	addFresh();
	for (const target of late) add(`attach ${addProgram('fix', fixProgram(target))} ${quote(target)} mount`);
	const resolver = spec.networks.length === 0 ? undefined : planResolver(plan);
	if (resolver?.kind === 'link') add(...resolverLink(resolver));
	if (resolver?.kind === 'bind') {
		const program = addProgram('resolver', bindProgram(`${guestDirectory.slice(1)}/${resolverFile}`, resolver.target, {readonly: true}));
		addFresh();
		rest.push(`${program} || say "nothing can be mounted at "${quote(resolver.target)}`);
	}
	const owner = `${options.account.uid}:${options.account.gid}`;
	for (const {guest, host} of spec.includes) {
		const isDirectory = requireIncludeSource(host, plan.hostMounts) === 'directory';
		const {target} = locateForCopy(plan, guest);
		const source = maker.reach(host, true, {kind: 'option', text: `include ${host}: to be copied from`});
		const way = wayOfInclude(plan, target, options.caller);
		const at = quote(target);
		// Of a file there is nothing that another could take the place of.
		if (isDirectory) add(`attach ${addProgram('source', sourceProgram(source))} ${at} include`, `include ./${madePlace} ${at} ${owner} ${way}`);
		else add(`include ${quote(source)} ${at} ${owner} ${way}`);
	}
	for (const disk of spec.disks) {
		checkImage(disk);
		const {tag, source, format, chain, readonly} = disk;
		disks.push({serial: tag, source, isBlock: isBlock(source), format, chain, readonly, cause: {kind: 'option', text: `disk ${formatDisk(disk)}`}});
		add(`by_tag ${disk.tag} ${owner}`);
	}
	for (const place of plan.loose) maker.mask(place);
	maker.hide(futurePath(options.state));
	for (const {path, always, home} of options.closed) if (!always) maker.hide(path, {isMild: true, home});
	const define = (name: string, body: readonly string[]): string[] => [`${name}() {`, ...body.map((line) => `\t${line}`), '}'];
	const script = [`within=${isPlain ? '' : 1}`, ...define('share', lines), ...define('plan', rest), ''].join('\n');
	return {
		plan,
		places: placesOf(plan.mounts, isOverlay),
		tree: maker.tree,
		disks,
		fileSystems: [...fileSystems],
		hasOverlay: overlays.size > 0,
		script,
		programs,
	};
}

function isBlock(image: string): boolean {
	return kindOfFile(image) === 'block device';
}

function optionCause(mount: Mount): Cause {
	return {kind: 'option', text: `mount ${formatMount(mount)}`};
}

/** A program of the run, from the initramfs's top. */
function programPath(name: string): string {
	return `.${runDirectory}/${name}`;
}
