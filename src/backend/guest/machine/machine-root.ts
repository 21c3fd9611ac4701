import {formatDisk} from '../../../spec/parse-disk.ts';
import {formatMount} from '../../../spec/parse-mount.ts';
import type {HostBind, Mount, Overlay, SandboxSpec} from '../../../spec/types.ts';
import type {MachineDisk} from '../../domain/machine/layout.ts';
import type {HostMount} from '../../host/mount-table.ts';
import type {Cause} from '../../xml/element.ts';
import {quote, type Identity} from '../command-file.ts';
import {checkImage} from '../image/check-image.ts';
import {locateForCopy} from '../locate-in-root.ts';
import {requireIncludeSource} from '../mount-kinds.ts';
import {pingGroups} from '../program/ping-program.ts';
import {planRoot, type GuestMount, type RootPlan} from '../root-plan.ts';
import {runDirectory} from './boot-script.ts';
import {overlayProgram, ramsProgram, type Ram} from './guest-programs.ts';
import {HostTreeMaker, type HostTree} from './host-tree.ts';

/** What a guest's root is made of: what the host gives to it, and the lines by which the boot script puts it together. */
export interface MachineRoot {
	readonly plan: RootPlan;
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

/** Plans a machine's root: that of a container, with the host's directories in a tree that is shared. Reads directories, changes nothing. */
export function planMachineRoot(
	spec: SandboxSpec,
	mountTable: readonly HostMount[],
	options: {
		readonly temporary: (mount: Mount) => string;
		readonly account: Identity;
		/** Where the state of all sandboxes is, which none of them sees. */
		readonly state: string;
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
	const plan = planRoot({...spec, mounts}, mountTable, options.temporary);
	const maker = new HostTreeMaker(plan, (mount) => mount.cause !== undefined && overlays.has(mount.cause));
	const ownCause: Cause =
		spec.root === '/' ? {kind: 'default', text: "default: the host's own root, read-only"} : {kind: 'option', text: `root ${spec.root}`};
	const lines = ['echo "$name" >/proc/sys/kernel/hostname', `${runDirectory}/tree || fatal share "cannot mount what the host shares"`];
	if (spec.networks.length > 0) lines.push(`echo ${pingGroups} >/proc/sys/net/ipv4/ping_group_range`);
	const disks: MachineDisk[] = [];
	const fileSystems = new Set<string>();
	const rest: string[] = [];
	const programs = new Map<string, Buffer>();
	let fresh: Ram[] = [];
	/** What nobody asked for is mounted by one program, as far as nothing else comes between. */
	const addFresh = (): void => {
		if (fresh.length === 0) return;
		const name = `rams-${programs.size}`;
		programs.set(name, ramsProgram(fresh));
		rest.push(`${programPath(name)} || fatal mount "cannot mount the empty directories of the guest"`);
		fresh = [];
	};
	const add = (...lines: readonly string[]): void => {
		addFresh();
		rest.push(...lines);
	};
	let madeOverlays = 0;
	for (const mount of plan.mounts) {
		const cause = mount.cause === undefined ? ownCause : optionCause(mount.cause);
		const source = maker.place(mount, cause);
		if (mount.kind === 'ram' && mount.cause === undefined) {
			// The guest's kernel has its own /sys.
			if (mount.target !== '/sys/fs/cgroup') fresh.push(mount);
			continue;
		}
		const at = quote(mount.target);
		switch (mount.kind) {
			case 'bind': {
				const overlay = mount.cause === undefined ? undefined : overlays.get(mount.cause);
				if (overlay !== undefined) add(...overlayLines(overlay, mount, {maker, programs, index: madeOverlays++}));
				else if (source !== undefined) add(`place_like ${quote(source)} ${at}`, `bind_all ${quote(source)} ${at}`);
				break;
			}
			case 'ram':
				add(`ram ${at} ${mount.sizeKiB} ${mount.mode.toString(8)} ${mount.uid} ${mount.gid}${mount.readonly ? ' ro' : ''}`);
				break;
			case 'guest-bind':
				if (mount.cause !== undefined)
					add(`place_like ${quote(mount.source)} ${at}`, `bind ${quote(mount.source)} ${at}${mount.readonly ? ' ro' : ''}`);
				break;
			case 'image': {
				const {source: file, format, chain, readonly} = mount;
				for (const type of mount.fileSystems) fileSystems.add(type);
				const serial = `image-${disks.length}`;
				disks.push({serial, source: file, format, chain, readonly, cause});
				add(`image ${serial} ${at} ${readonly ? 'ro' : 'rw'} ${mount.fileSystems.join(' ')}`);
				break;
			}
			default:
				mount satisfies never;
		}
	}
	addFresh();
	const owner = `${options.account.uid}:${options.account.gid}`;
	for (const {guest, host} of spec.includes) {
		requireIncludeSource(host);
		const {mount, target} = locateForCopy(plan, guest);
		const source = maker.copy(host, {kind: 'option', text: `include ${host}: to be copied from`});
		rest.push(`include ${quote(source)} ${quote(target)} ${quote(mount?.target ?? '')} ${owner}`);
	}
	for (const disk of spec.disks) {
		checkImage(disk);
		const {tag, source, format, chain, readonly} = disk;
		disks.push({serial: tag, source, format, chain, readonly, cause: {kind: 'option', text: `disk ${formatDisk(disk)}`}});
		rest.push(`by_tag ${disk.tag} ${owner}`);
	}
	maker.hide(options.state);
	const define = (name: string, body: readonly string[]): string[] => [`${name}() {`, ...body.map((line) => `\t${line}`), '}'];
	// What nobody asked for is within it by itself, and an emulated guest takes its time for another start of its shell.
	const isPlain = rest.length === programs.size && overlays.size === 0;
	const script = [`within=${isPlain ? '' : 1}`, ...define('share', lines), ...define('plan', rest), ''].join('\n');
	return {plan, tree: maker.tree, disks, fileSystems: [...fileSystems], hasOverlay: overlays.size > 0, script, programs};
}

function optionCause(mount: Mount): Cause {
	return {kind: 'option', text: `mount ${formatMount(mount)}`};
}

/** A program of the run, from the initramfs's top. */
function programPath(name: string): string {
	return `.${runDirectory}/${name}`;
}

interface OverlayContext {
	readonly maker: HostTreeMaker;
	readonly programs: Map<string, Buffer>;
	/** Among the overlays: each has a memory of its own. */
	readonly index: number;
}

function overlayLines(overlay: Overlay, {target}: GuestMount, {maker, programs, index}: OverlayContext): string[] {
	const cause = optionCause(overlay);
	const lower = maker.reach(overlay.source, true, cause);
	const upper = overlay.upper === undefined ? `upper/${index}` : maker.reach(overlay.upper, false, cause);
	const name = `overlay-${index}`;
	programs.set(name, overlayProgram({target, lower, upper, readonly: overlay.readonly}));
	return [...(overlay.upper === undefined ? [`ram ${upper} 0 755 0 0`] : []), `overlay ${programPath(name)} ${quote(target)}`];
}
