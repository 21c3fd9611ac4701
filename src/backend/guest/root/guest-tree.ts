import {dirname} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {innermost, isWithin} from '../../../spec/paths.ts';
import type {Hide, Image, Mount} from '../../../spec/types.ts';
import type {ShownPart} from '../../host/mounts/mount-table.ts';
import {lstatWithin, readlinkWithin} from '../../host/files/root-directory.ts';
import {kindOf, kindOfFile, type FileKind} from './mount-kinds.ts';

/** What the skeleton root of a guest holds, relative to it; parents come first. */
export type SkeletonEntry =
	| {readonly kind: 'directory'; readonly path: string; readonly mode?: number}
	| {readonly kind: 'file'; readonly path: string; readonly mode?: number}
	| {readonly kind: 'symlink'; readonly path: string; readonly to: string};

/** One mount of the guest, in the order in which they are made. Sizes in KiB. */
export type GuestMount =
	| {
			readonly kind: 'bind';
			readonly target: string;
			readonly source: string;
			readonly readonly: boolean;
			/** What is to be seen there, as this process has it, where that is known. */
			readonly shown?: ShownPart;
			readonly cause: Mount | undefined;
	  }
	| {
			readonly kind: 'ram';
			readonly target: string;
			readonly sizeKiB: number;
			readonly readonly: boolean;
			readonly mode: number;
			readonly uid: number;
			readonly gid: number;
			readonly cause: Mount | undefined;
	  }
	| (Image & {
			readonly kind: 'image';
			readonly target: string;
			/** Types that it may hold, the likely one first. */
			readonly fileSystems: readonly string[];
			readonly readonly: boolean;
			readonly cause: Mount;
	  })
	| {readonly kind: 'hide'; readonly target: string; readonly of: 'directory' | 'file'; readonly readonly: true; readonly cause: Hide | undefined}
	| {readonly kind: 'guest-bind'; readonly target: string; readonly source: string; readonly readonly: boolean; readonly cause: Mount | undefined};

/** A guest's root while it is put together. */
export interface GuestTree {
	/** Prefix of the guest's root on the host; '' where it is the host's own. */
	readonly base: string;
	readonly top: Map<string, SkeletonEntry>;
	readonly mounts: Map<string, GuestMount>;
	/** Where the host has something mounted: a bind shows what lies beneath, at which nobody can look. */
	readonly hostMounts: readonly string[];
	/** Whether nobody but root can change the way to a directory of the host. */
	readonly isFirm?: (directory: string) => boolean;
	/** Whether no program of another user answers for what the host has mounted at a place. */
	readonly mayAsk?: (place: string) => boolean;
}

/** What of a root that is planned its tree is made from. */
export interface PlannedTree extends Pick<GuestTree, 'base' | 'hostMounts'> {
	readonly skeleton: readonly SkeletonEntry[];
	readonly mounts: readonly GuestMount[];
}

/** The tree of such a root. */
export function treeOf({base, skeleton, mounts, hostMounts}: PlannedTree): GuestTree {
	return {
		base,
		top: new Map(skeleton.map((entry) => [entry.path, entry])),
		mounts: new Map(mounts.map((mount) => [mount.target, mount])),
		hostMounts,
	};
}

/** The same without what is mounted at a place. */
export function without({mounts, ...guest}: GuestTree, target: string): GuestTree {
	const others = new Map(mounts);
	others.delete(target);
	return {...guest, mounts: others};
}

/** A mount at a place hides what was mounted there and below before. */
export function addMount({mounts}: GuestTree, mount: GuestMount): void {
	for (const target of mounts.keys()) if (isWithin(target, mount.target)) mounts.delete(target);
	mounts.set(mount.target, mount);
}

type Found = {readonly kind: 'there'} | {readonly kind: 'missing'} | {readonly kind: 'made'} | {readonly kind: 'link'; readonly to: string};

/** What the guest has at a path, with the mounts so far: `made` is below a ram, where libvirt makes what is missing. */
function look(guest: GuestTree, path: string): Found {
	const cover = coverOf(guest, path);
	if (cover === undefined) {
		const entry = guest.top.get(path.slice(1));
		if (entry === undefined) return {kind: path.startsWith('/dev/') || path.startsWith('/sys/') || path.startsWith('/proc/') ? 'there' : 'missing'};
		return entry.kind === 'symlink' ? {kind: 'link', to: entry.to} : {kind: 'there'};
	}
	if (cover.target === path) return {kind: 'there'};
	// What is empty has places for what is mounted deeper, and is ours to write to.
	if (cover.kind === 'ram' || isTemporary(cover)) return {kind: holdsMount(guest, path) ? 'there' : 'made'};
	if (cover.kind === 'hide') return {kind: 'missing'};
	if (cover.kind !== 'bind') return {kind: 'there'};
	if (isBeneath(guest, cover, path)) return {kind: 'missing'};
	// No link has anything mounted on it; and another user's program may answer for that.
	if (guest.hostMounts.includes(placeIn(cover, path))) return {kind: 'there'};
	const source = sourceOf(guest, cover, path);
	const stats = lstatWithin(...source);
	if (stats === undefined) return {kind: holdsMount(guest, path) ? 'there' : 'missing'};
	if (!stats.isSymbolicLink()) return {kind: 'there'};
	const to = readlinkWithin(...source);
	return to === undefined ? {kind: 'missing'} : {kind: 'link', to};
}

/** A directory of the host that is made for the guest, and that nobody can look at yet. */
export function isTemporary({cause}: GuestMount): boolean {
	return cause?.type === 'host-bind' && cause.source === undefined;
}

function holdsMount({mounts}: GuestTree, path: string): boolean {
	return [...mounts.keys()].some((target) => isWithin(target, path));
}

/** Whether a place in a bind is of what the host has mounted there, which the guest does not see. */
function isBeneath({hostMounts}: GuestTree, bind: GuestMount & {kind: 'bind'}, path: string): boolean {
	const {source} = bind;
	const place = placeIn(bind, path);
	return hostMounts.some((mounted) => mounted !== source && mounted !== place && isWithin(mounted, source) && isWithin(place, mounted));
}

/** What of the host a bind has at a path. */
export function placeIn({source, target}: GuestMount & {kind: 'bind'}, path: string): string {
	return `${source === '/' ? '' : source}${path.slice(target.length)}`;
}

/** Where a bind has what is at a path: the directory that it must not be sought outside of, and the path in that. */
function sourceOf({base}: GuestTree, {source, target, cause}: GuestMount & {kind: 'bind'}, path: string): [base: string, path: string] {
	const below = path.slice(target.length);
	return cause === undefined ? [base, source.slice(base.length) + below] : [source, below];
}

/** What the guest has at a place whose links are followed, as far as the host tells; undefined: that cannot be told, or is made as it is needed. */
export function kindAt(guest: GuestTree, path: string): FileKind | undefined {
	const cover = coverOf(guest, path);
	if (cover === undefined) {
		const entry = guest.top.get(path.slice(1));
		return entry?.kind === 'symlink' ? undefined : entry?.kind;
	}
	const isItself = cover.target === path;
	switch (cover.kind) {
		case 'ram':
			return isItself || holdsMount(guest, path) ? 'directory' : undefined;
		case 'image':
			return isItself ? 'directory' : undefined;
		case 'bind':
			if (isTemporary(cover)) return isItself || holdsMount(guest, path) ? 'directory' : undefined;
			if (isItself) return kindOfFile(cover.source) ?? 'directory';
			if (isBeneath(guest, cover, path)) return undefined;
			// Nobody asks what that is: most mounts are directories.
			if (guest.mayAsk?.(placeIn(cover, path)) === false) return 'directory';
			return kindOf(lstatWithin(...sourceOf(guest, cover, path))) ?? (holdsMount(guest, path) ? 'directory' : undefined);
		case 'hide':
			return isItself ? cover.of : undefined;
		case 'guest-bind':
			return undefined;
	}
}

/** The innermost mount that a path lies in. */
export function coverOf({mounts}: Pick<GuestTree, 'mounts'>, path: string): GuestMount | undefined {
	return innermost(mounts.values(), path, ({target}) => target);
}

/** The innermost mount that another one lies in. */
export function outerOf(guest: Pick<GuestTree, 'mounts'>, target: string): GuestMount | undefined {
	return coverOf(guest, dirname(target));
}

/**
 * Follows a path through the links that are known. `missing` and `made` are of the first part that is not there; where a link leads up
 * again from that, the target is that part itself, and nobody makes it.
 */
export function walk(
	guest: GuestTree,
	path: string,
): {
	readonly target: string;
	readonly found: 'there' | 'missing' | 'made';
	readonly parent: string;
	readonly rest: readonly string[];
	/** Places of the links that were followed. */
	readonly links: readonly string[];
} {
	const links: string[] = [];
	let rest = partsOf(path);
	let at = '';
	while (rest.length > 0) {
		const [part = '', ...later] = rest;
		if (part === '..') {
			// Up from where the links before it have led.
			at = at.slice(0, Math.max(0, at.lastIndexOf('/')));
			rest = later;
			continue;
		}
		const here = `${at}/${part}`;
		const found = look(guest, here);
		switch (found.kind) {
			case 'link':
				links.push(here);
				if (links.length > 40)
					throw new ShellError('refused', `Too many links on the way to ${path}`, {hint: 'Look at the links of the root and of what is mounted'});
				rest = [...partsOf(found.to), ...later];
				if (found.to.startsWith('/')) at = '';
				break;
			case 'missing':
			case 'made':
				if (later.includes('..')) return {target: here, found: 'missing', parent: at, rest, links};
				return {target: [here, ...later].join('/'), found: found.kind, parent: at, rest, links};
			case 'there':
				at = here;
				rest = later;
				break;
		}
	}
	return {target: at, found: 'there', parent: at, rest, links};
}

function partsOf(path: string): string[] {
	return path.split('/').filter((part) => part !== '' && part !== '.');
}
