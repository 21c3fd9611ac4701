import {formatDisk} from '../../../spec/parse/parse-disk.ts';
import {formatMount} from '../../../spec/parse/parse-mount.ts';
import type {Disk, HostBind, Include, Mount, Overlay, SandboxSpec} from '../../../spec/types.ts';
import type {ClosedPlace} from '../../host/mounts/closed-places.ts';
import type {KnownMount} from '../../host/mounts/mount-table.ts';
import {futurePath} from '../../host/files/real-path.ts';
import type {UnseenPlace} from '../../host/mounts/unseen-places.ts';
import {waysFor} from '../../host/mounts/waiting-mounts.ts';
import type {Cause} from '../../xml/element.ts';
import {quote, type Identity} from '../../guest/command-file.ts';
import {placesOf, type GuestPlace} from '../../guest/root/guest-places.ts';
import {checkImage} from '../../guest/image/check-image.ts';
import {refuseTwice} from '../../guest/image/refuse-twice.ts';
import {wayOfInclude} from '../../guest/include-functions.ts';
import {locateForCopy} from '../../guest/root/locate-in-root.ts';
import {requireIncludeSource} from '../../guest/root/mount-kinds.ts';
import {planResolver, resolverFile, resolverLink} from '../../guest/network-script.ts';
import {shownFinder} from '../../guest/root/note-shown.ts';
import {planRoot} from '../../guest/root/plan-root.ts';
import {pingGroups} from '../../guest/program/ping-program.ts';
import {type RootPlan} from '../../guest/root/root-plan.ts';
import type {MachineDisk} from '../domain/layout.ts';
import {guestDirectory, runDirectory} from '../boot/boot-script.ts';
import {HostTreeMaker, type HostTree} from './host-tree.ts';
import {attachLine, isBlock, isOverlay, MountLines} from './mount-lines.ts';
import {bindProgram, madePlace, sourceProgram} from './mount-programs.ts';
import {RootScript} from './root-script.ts';

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
	const {mounts, overlays} = standForOverlays(spec.mounts);
	const ways = waysFor(options.caller, mountTable);
	const plan = planRoot({...spec, mounts}, mountTable, options.temporary, {unseen: options.unseen ?? [], ...ways});
	const isOwn = isOverlay(overlays);
	const tree = new HostTreeMaker(plan, {isOwn, shownOf: shownFinder(mountTable), mayAsk: ways.mayAsk});
	const ownCause: Cause =
		spec.root === '/' ? {kind: 'default', text: "default: the host's own root, read-only"} : {kind: 'option', text: `root ${spec.root}`};
	const script = new RootScript();
	const mountLines = new MountLines(plan, {overlays, tree, script});
	for (const mount of plan.mounts) mountLines.add(mount, mount.cause === undefined ? ownCause : optionCause(mount.cause));
	mountLines.finish();
	if (spec.networks.length > 0) addResolver(script, plan);
	const {account, caller} = options;
	const owner = `${account.uid}:${account.gid}`;
	for (const include of spec.includes) addInclude(script, include, {plan, tree, caller, owner});
	for (const {tag} of spec.disks) script.add(`by_tag ${tag} ${owner}`);
	const disks = [...mountLines.disks, ...spec.disks.map(machineDisk)];
	refuseTwice(disks);
	for (const place of plan.loose) tree.mask(place);
	tree.hide(futurePath(options.state));
	for (const {path, always, home, isState} of options.closed) if (!always) tree.hide(path, {isMild: true, isShownBy9p: isState !== true, home});
	return {
		plan,
		places: placesOf(plan.mounts, isOwn),
		tree: tree.tree,
		disks,
		fileSystems: [...mountLines.fileSystems],
		hasOverlay: overlays.size > 0,
		script: [`within=${script.isPlain ? '' : 1}`, ...define('share', shareLines(spec)), ...define('plan', script.lines), ''].join('\n'),
		programs: script.programs,
	};
}

/** A container has no overlay: to the plan it is a directory of the host at the same place. */
function standForOverlays(mounts: readonly Mount[]): {readonly mounts: readonly Mount[]; readonly overlays: ReadonlyMap<Mount, Overlay>} {
	const overlays = new Map<Mount, Overlay>();
	const stands = mounts.map((mount) => {
		if (mount.type !== 'overlay') return mount;
		const stand: HostBind = {type: 'host-bind', target: mount.target, source: mount.source, readonly: mount.readonly, relabel: undefined};
		overlays.set(stand, mount);
		return stand;
	});
	return {mounts: stands, overlays};
}

function shareLines({networks}: SandboxSpec): readonly string[] {
	return [
		'echo "$name" >/proc/sys/kernel/hostname',
		`${runDirectory}/tree || fatal share "cannot mount what the host shares"`,
		...(networks.length === 0 ? [] : [`echo ${pingGroups} >/proc/sys/net/ipv4/ping_group_range`]),
	];
}

function addResolver(script: RootScript, plan: RootPlan): void {
	const resolver = planResolver(plan);
	if (resolver?.kind === 'link') script.add(...resolverLink(resolver));
	if (resolver?.kind === 'bind') {
		const program = bindProgram(`${guestDirectory.slice(1)}/${resolverFile}`, resolver.target, {readonly: true});
		script.addPlain(`${script.addProgram('resolver', program)} || say "nothing can be mounted at "${quote(resolver.target)}`);
	}
}

function addInclude(
	script: RootScript,
	{guest, host}: Include,
	{plan, tree, caller, owner}: {readonly plan: RootPlan; readonly tree: HostTreeMaker; readonly caller: number; readonly owner: string},
): void {
	const isDirectory = requireIncludeSource(host, plan.hostMounts) === 'directory';
	const {target} = locateForCopy(plan, guest);
	const source = tree.reach(host, true, {kind: 'option', text: `include ${host}: to be copied from`});
	const end = `${quote(target)} ${owner} ${wayOfInclude(plan, target, caller)}`;
	// Of a file there is nothing that another could take the place of.
	if (isDirectory) script.add(attachLine(script.addProgram('source', sourceProgram(source)), target, 'include'), `include ./${madePlace} ${end}`);
	else script.add(`include ${quote(source)} ${end}`);
}

function machineDisk(disk: Disk): MachineDisk {
	checkImage(disk);
	const {tag, source, format, chain, readonly} = disk;
	return {serial: tag, source, isBlock: isBlock(source), format, chain, readonly, cause: {kind: 'option', text: `disk ${formatDisk(disk)}`}};
}

/** A shell function. */
function define(name: string, body: readonly string[]): string[] {
	return [`${name}() {`, ...body.map((line) => `\t${line}`), '}'];
}

function optionCause(mount: Mount): Cause {
	return {kind: 'option', text: `mount ${formatMount(mount)}`};
}
