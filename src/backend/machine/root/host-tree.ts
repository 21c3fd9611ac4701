import {lstatSync} from 'node:fs';
import {dirname} from 'node:path';
import {innermost, isWithin} from '../../../spec/paths.ts';
import type {ShownPart} from '../../host/mounts/mount-table.ts';
import {notSeen} from '../../host/files/not-seen.ts';
import type {Cause} from '../../xml/element.ts';
import {looseFrom, viewIn, type LooseCover} from '../../guest/root/cover-closed.ts';
import {placeIn, type GuestMount, type SkeletonEntry} from '../../guest/root/guest-tree.ts';
import type {RootPlan} from '../../guest/root/root-plan.ts';

/** A directory or file of the host at its place in the tree; what the host has mounted below it is not there. */
export interface TreeBind {
	readonly kind: 'bind';
	/** Relative to the tree. */
	readonly path: string;
	/** Without links. */
	readonly source: string;
	readonly readonly: boolean;
	/** Somebody named it; else it is a part of the root. */
	readonly isAsked: boolean;
	/** The lower directory of an overlay, which shows nothing that is mounted in it. */
	readonly isWhole?: true;
	/** What is to be seen there, where others may change the way to it. */
	readonly shown?: ShownPart;
	readonly cause: Cause;
}

/** Something empty over a place of the tree, since the guest mounts something of its own there: what that hides is no part of the tree. */
export interface TreeCover {
	readonly kind: 'cover';
	readonly path: string;
	/** `any`: nobody has looked. */
	readonly of: 'directory' | 'file' | 'any';
	/** Where the place need not be there. */
	readonly ifThere?: true;
	/** Nobody asked for it: where somebody has taken its place away since the plan, what it would cover is not there either. */
	readonly mayBeGone?: true;
	/** In the tree: what may be covered instead, where somebody has whoever looks for the place wait. */
	readonly homes?: readonly string[];
	/** A share of 9p shows what is there all the same. */
	readonly isShownBy9p?: true;
}

/**
 * All that a machine sees of the host, and nothing else: `root` is the guest's root as its plan has it, `more` what the guest shows
 * elsewhere. However it gets to the guest, there it is at `/s/tree`.
 */
export interface HostTree {
	/** What is made, relative to the tree; parents come first. */
	readonly entries: readonly SkeletonEntry[];
	/** What is mounted in it, parents first. */
	readonly mounts: ReadonlyArray<TreeBind | TreeCover>;
}

/** Where the guest has the tree, from the initramfs's top. */
export const treePlace = 's/tree';

interface HideOptions {
	readonly isMild?: boolean;
	readonly isShownBy9p?: boolean;
	readonly home?: string | undefined;
}

/** What a tree is made by. */
interface TreeGround {
	/** The guest mounts this itself, though its plan has a bind. */
	isOwn(mount: GuestMount): boolean;
	/** As `shownFinder` gives it. */
	shownOf(source: string): ShownPart | undefined;
	/** Whether no program of another user answers for what is mounted at a place. */
	mayAsk(place: string): boolean;
}

/** Grows with a plan; `reach` and `place` give paths of the guest, from the initramfs's top. */
export class HostTreeMaker {
	readonly #plan: RootPlan;
	readonly #ground: TreeGround;
	readonly #entries: SkeletonEntry[];
	readonly #mounts: Array<TreeBind | TreeCover> = [];
	/** Where what is mounted at a place of the guest is in the tree, as far as that has places for more; undefined: the guest mounts it, or it is empty. */
	readonly #places = new Map<string, string | undefined>();
	#count = 0;

	constructor(plan: RootPlan, ground: TreeGround) {
		this.#plan = plan;
		this.#ground = ground;
		this.#entries = [
			{kind: 'directory', path: 'root'},
			...plan.skeleton.map((entry): SkeletonEntry => ({...entry, path: `root/${entry.path}`})),
			{kind: 'directory', path: 'more'},
			{kind: 'directory', path: 'nothing'},
			{kind: 'file', path: 'nothing/file', mode: 0o444},
			{kind: 'directory', path: 'nothing/directory', mode: 0o555},
		];
	}

	get tree(): HostTree {
		return {entries: this.#entries, mounts: this.#mounts};
	}

	/** Takes the next mount of the plan. Gives the guest's path of a bind that its script has to mount; undefined: it is in its place, or no bind. */
	place(mount: GuestMount, cause: Cause): string | undefined {
		const isOwn = mount.kind !== 'bind' || this.#ground.isOwn(mount);
		const path = this.#pathOf(mount.target);
		if (!isOwn && path === undefined) {
			const place = this.#add(mount.source, mount.readonly, cause);
			this.#places.set(mount.target, isEmpty(mount) ? undefined : place);
			return `${treePlace}/${place}`;
		}
		this.#places.set(mount.target, isOwn || isEmpty(mount) ? undefined : path);
		if (path === undefined) return undefined;
		if (!isOwn) {
			const {source, readonly, shown} = mount;
			this.#mounts.push({kind: 'bind', path, source, readonly, isAsked: mount.cause !== undefined, ...(shown && {shown}), cause});
		} else if (this.#coverOf(mount.target) !== undefined) {
			const isOurs = mount.kind === 'hide' && mount.cause === undefined;
			this.#mounts.push({kind: 'cover', path, of: mount.kind === 'hide' ? mount.of : this.#kindAt(mount.target), ...(isOurs && {mayBeGone: true})});
		}
		return undefined;
	}

	/** Puts something empty over a place that the guest has by `reach`; `any`: over whatever may be there. */
	cover(reached: string, of: TreeCover['of']): void {
		this.#mounts.push({kind: 'cover', path: reached.slice(treePlace.length + 1), of, ...(of === 'any' && {ifThere: true})});
	}

	/** Whether the guest itself has made what a place lies in: the tree has no part in it. */
	isOfGuest(target: string): boolean {
		return this.#pathOf(target) === undefined;
	}

	/** The guest's path of a file or directory of the host that the guest's root does not show. */
	reach(source: string, readonly: boolean, cause: Cause, {isWhole = false} = {}): string {
		const path = this.#add(source, readonly, cause, isWhole);
		const view = (place: string): string => viewIn({target: path, source}, place);
		const inside = this.#plan.hostMounts.filter((place) => place !== source && isWithin(place, source));
		for (const place of inside) {
			if (inside.some((outer) => outer !== place && isWithin(place, outer))) continue;
			// What lies beneath a mount of the host is not what the host shows.
			const homes = this.#outwards(view(looseFrom(source, place)));
			this.#mounts.push({kind: 'cover', path: view(place), of: 'any', ifThere: true, ...(homes.length > 0 && {homes})});
		}
		return `${treePlace}/${path}`;
	}

	/**
	 * Covers a directory of the host, without links, which need not be there, wherever the tree shows it. `isMild`: but in what the machine
	 * may write to, and where it was asked for. `isShownBy9p`: nor by 9p; nothing that listens there can be reached from a machine.
	 */
	hide(directory: string, {isMild = false, isShownBy9p = isMild, home}: HideOptions = {}): void {
		for (const {path, source, readonly, isAsked} of this.#hostBinds()) {
			if (!isWithin(directory, source) || (isMild && (!readonly || (isAsked && directory === source)))) continue;
			const view = (place: string): string => viewIn({target: path, source}, place);
			const at = view(directory);
			const isCovered = this.#mounts.some((mount) => mount.path !== path && isWithin(mount.path, path) && isWithin(at, mount.path));
			if (isCovered) continue;
			const homes = home === undefined ? [] : this.#outwards(isWithin(home, source) ? view(home) : path);
			this.#mounts.push({kind: 'cover', path: at, of: 'directory', ifThere: true, ...(homes.length > 0 && {homes}), ...(isShownBy9p && {isShownBy9p})});
		}
	}

	/** Covers a place of the guest, whatever the tree has there. */
	mask({target, homes}: LooseCover): void {
		const path = this.#pathOf(target);
		if (path !== undefined) this.#mounts.push({kind: 'cover', path, of: 'any', ifThere: true, homes: homes.flatMap((home) => this.#pathOf(home) ?? [])});
	}

	/** A place of the tree and what is around it, as far as that holds nothing that somebody asked for. */
	#outwards(path: string): string[] {
		const asked = [
			...this.#mounts.filter((mount) => mount.kind === 'bind' && mount.isAsked).map((mount) => mount.path),
			...this.#plan.mounts.filter(({cause}) => cause !== undefined).map(({target}) => `root${target}`),
		];
		// Neither all of the root, nor of what it has elsewhere.
		if (dirname(path) === '.' || asked.some((place) => isWithin(place, path))) return [];
		return [path, ...this.#outwards(dirname(path))];
	}

	#hostBinds(): TreeBind[] {
		return this.#mounts.filter((mount) => mount.kind === 'bind').filter(({source}) => source.startsWith('/'));
	}

	#add(source: string, readonly: boolean, cause: Cause, isWhole = false): string {
		// None is shared by two uses: what one hides, or mounts in it, the other still shows.
		const path = `more/${this.#count++}`;
		this.#entries.push({kind: kindOfSource(source), path});
		const shown = this.#ground.shownOf(source);
		this.#mounts.push({kind: 'bind', path, source, readonly, isAsked: true, ...(isWhole && {isWhole}), ...(shown && {shown}), cause});
		return path;
	}

	/** Where a place of the guest is in the tree; undefined: in what the guest mounts. */
	#pathOf(target: string): string | undefined {
		const cover = this.#coverOf(target);
		if (cover === undefined) return `root${target}`;
		const place = this.#places.get(cover);
		return place === undefined ? undefined : place + target.slice(cover.length);
	}

	/** The innermost mount so far that holds a place. */
	#coverOf(target: string): string | undefined {
		const others = [...this.#places.keys()].filter((place) => place !== target);
		return innermost(others, target, (place) => place);
	}

	#kindAt(target: string): 'directory' | 'file' {
		const cover = this.#coverOf(target);
		const mount = this.#plan.mounts.find((each) => each.target === cover);
		if (mount?.kind !== 'bind') return 'directory';
		const source = placeIn(mount, target);
		// Nobody asks what that is: most mounts are directories.
		return this.#ground.mayAsk(source) ? kindOfSource(source) : 'directory';
	}
}

/** A temporary directory has nothing to mount on: the guest makes its mount points there. */
function isEmpty({source}: GuestMount & {readonly kind: 'bind'}): boolean {
	return !source.startsWith('/');
}

/** A temporary directory, of which only the name is known yet, is one. */
export function kindOfSource(source: string): 'directory' | 'file' {
	if (!source.startsWith('/')) return 'directory';
	try {
		return lstatSync(source).isDirectory() ? 'directory' : 'file';
	} catch (cause) {
		throw notSeen(source, {hint: 'Look at the path', cause});
	}
}
