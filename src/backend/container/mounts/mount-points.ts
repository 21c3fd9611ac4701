import {dirname} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {isWithin} from '../../../spec/paths.ts';
import type {Idmap} from '../../../spec/types.ts';
import {isTemporary, kindAt, outerOf, treeOf, type GuestMount, type GuestTree, type SkeletonEntry} from '../../guest/root/guest-tree.ts';
import type {RootPlan} from '../../guest/root/root-plan.ts';
import {tmpfsMode} from './refused-mounts.ts';

type Ram = GuestMount & {readonly kind: 'ram'};

/** A directory of ours that a container has in the place of a read-only ram, whose mode, owner and mount points nobody could set in it. */
export interface MadeDirectory {
	/** Below the guest's directory of pipes. */
	readonly name: string;
	readonly target: string;
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	/** What is mounted upon in it; parents come first. */
	readonly entries: readonly SkeletonEntry[];
}

/** The mounts of a container with all that libvirt needs to make them; machines make mount points themselves. */
export function planMountPoints(root: RootPlan, idmap: Idmap | undefined, caller = 0): {readonly root: RootPlan; readonly made: readonly MadeDirectory[]} {
	const guest = treeOf(root);
	const fixed = root.mounts.filter((mount) => mount.kind === 'ram').filter(({readonly}) => readonly);
	if (idmap !== undefined) {
		for (const ram of fixed) requireNothing(ram, mountsIn(guest, ram));
	}
	const made = (idmap === undefined ? fixed : []).map((ram, index): MadeDirectory => {
		const {target, mode, uid, gid} = ram;
		return {name: `ram-${index}`, target, mode, uid, gid, entries: entriesIn(guest, ram)};
	});
	return {root: {...root, mounts: [...root.mounts, ...parentsOfFiles(guest, caller === 0 ? 0o755 : tmpfsMode)]}, made};
}

/** libvirt makes directories to mount on, yet none for a file to lie in: a ram there makes it do so. An ordinary user's has the mode that needs no setting. */
function parentsOfFiles(guest: GuestTree, mode: number): Ram[] {
	const parents = new Map<string, Ram>();
	const empty = [...guest.mounts.values()].filter((mount) => mount.kind === 'ram' || isTemporary(mount));
	for (const {target} of new Set(empty.flatMap((mount) => within(guest, mount)))) {
		const outer = outerOf(guest, target);
		const parent = dirname(target);
		if (outer === undefined || outer.target === parent || parents.has(parent) || !isFile(guest, target)) continue;
		if (outer.kind === 'ram' ? outer.readonly : !isTemporary(outer)) continue;
		const sizeKiB = outer.kind === 'ram' ? outer.sizeKiB : 64;
		parents.set(parent, {kind: 'ram', target: parent, sizeKiB, readonly: false, mode, uid: 0, gid: 0, cause: outer.cause});
	}
	return [...parents.values()];
}

function isFile(guest: GuestTree, target: string): boolean {
	const mount = guest.mounts.get(target);
	const kind = kindAt(guest, mount?.kind === 'guest-bind' ? mount.source : target);
	return kind !== undefined && kind !== 'directory';
}

/** What is mounted upon in a mount that is empty; parents come first. */
export function entriesIn(guest: GuestTree, outer: GuestMount): SkeletonEntry[] {
	return once(mountsIn(guest, outer).flatMap((mount) => entriesFor(guest, outer, mount)));
}

function within({mounts}: GuestTree, outer: GuestMount): GuestMount[] {
	return [...mounts.values()].filter((mount) => mount !== outer && isWithin(mount.target, outer.target));
}

function mountsIn(guest: GuestTree, outer: GuestMount): GuestMount[] {
	return within(guest, outer).filter(({target}) => outerOf(guest, target) === outer);
}

function entriesFor(guest: GuestTree, {target}: GuestMount, mount: GuestMount): SkeletonEntry[] {
	const parts = mount.target.slice(target.length + 1).split('/');
	return parts.map((_, index) => {
		const path = parts.slice(0, index + 1).join('/');
		return {kind: index === parts.length - 1 && isFile(guest, mount.target) ? 'file' : 'directory', path};
	});
}

function once(entries: readonly SkeletonEntry[]): SkeletonEntry[] {
	return entries.filter(({path}, index) => entries.findIndex((each) => each.path === path) === index);
}

/** With mapped ids libvirt could not make a directory of ours read-only, which the guest's root may write to as its owner. */
function requireNothing({target, cause}: Ram, inside: readonly GuestMount[]): void {
	const hint = 'Leave ro out, or the idmap';
	const [first] = inside;
	if (first !== undefined) {
		throw new ShellError('refused', `With mapped ids nothing can be mounted in a read-only ram, as ${first.target} in ${target}`, {hint});
	}
	if (cause?.type === 'ram' && [cause.mode, cause.uid, cause.gid].some((value) => value !== undefined)) {
		throw new ShellError('refused', `With mapped ids the read-only ram at ${target} takes no mode and no owner`, {hint});
	}
}
