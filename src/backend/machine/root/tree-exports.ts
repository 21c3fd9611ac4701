import {readdirSync, readlinkSync} from 'node:fs';
import {dirname} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {innermost, isWithin} from '../../../spec/paths.ts';
import {isFirmWay, lstatIfThere} from '../../host/files/firm-way.ts';
import {ifThere} from '../../host/files/if-there.ts';
import {inPlace} from '../../host/files/in-place.ts';
import {isReadable} from '../../host/files/is-readable.ts';
import type {HostMount} from '../../host/mounts/mount-table.ts';
import {findWaiting, keepsOff} from '../../host/mounts/waiting-mounts.ts';
import {unspeakable} from '../../guest/root/take-entries.ts';
import type {CpioEntry} from '../boot/cpio.ts';
import type {MachineShare} from '../domain/layout.ts';
import {kindOfSource, type HostTree, type TreeBind} from './host-tree.ts';
import {factsOf, mayLookInto, needsShare, usualMode} from './share-looks.ts';
import {TreeCopies} from './tree-copies.ts';

/** The tag of virtiofs, which brings the tree in one. */
export const rootTag = 'root';

/** A directory that a share of 9p brings to its place in the tree. */
export interface TreeExport extends MachineShare {
	readonly path: string;
	/** Programs of the host's system: the guest may keep what it has read of them. */
	readonly isStill: boolean;
}

/** Where in a tree such are. */
const stillPlaces = /^root\/(?:usr|bin|sbin|lib\w*|opt)(?:\/|$)/;

/** A tree as shares of directories, and what the guest makes of it besides. */
export interface TreeExports {
	readonly exports: readonly TreeExport[];
	/** For the initramfs: directories, links and files. */
	readonly made: readonly CpioEntry[];
	/** Paths of the host that the guest lacks. */
	readonly missing: readonly string[];
	/** Directories of the host of which the guest lacks a part, since it is too much to copy. */
	readonly cut: readonly string[];
	/** Paths of the host that the guest lacks, as others may change them, or what lies there, and nobody asked for them. */
	readonly others: readonly string[];
}

/** The directories of one that holds more of them are copied as its files are, since each share is a device of the guest. */
const mostTakenApart = 48;
/** Shares in all: what libvirt has places for on the guest's root bus. */
const mostExports = 96;

/** How a directory is taken apart. */
interface Apart {
	/** What the guest is not to see of it. */
	readonly holes: readonly string[];
	/** Its directories are copied as well. */
	readonly isCopied?: boolean;
}

interface Place {
	/** In the tree. */
	readonly path: string;
	/** On the host. */
	readonly source: string;
}

/**
 * How a tree gets to a guest by 9p, which shows a directory with all that is in it, mounts of the host below it too. So one with something
 * below that the tree does not have is taken apart: what it holds is shared one by one. What is mounted there and may not
 * answer `caller` is not asked. Nor is anything of other users looked into that nobody asked for: they could keep a machine from starting.
 */
export function exportTree({entries, mounts}: HostTree, mountTable: readonly HostMount[], caller: number): TreeExports {
	const answers = keepsOff(findWaiting(mountTable, caller));
	const shares = new Map<TreeBind, Array<Omit<TreeExport, 'tag'>>>();
	let count = 0;
	const others: string[] = [];
	const isOpen = mayLookInto(caller);
	const copies = new TreeCopies();
	for (const entry of entries) copies.makeEntry(entry);
	const share = (bind: TreeBind, path: string, source: string): void => {
		if (count >= mostExports && bind.isAsked) {
			throw new ShellError('refused', `${source} is one directory too many: a machine takes ${mostExports} shares by 9p`, {
				hint: 'Bind a directory that holds several of them, or run it as root (qemu:///system), which shares by virtiofs',
			});
		}
		if (count >= mostExports) {
			copies.missing.push(source);
			return;
		}
		count++;
		const {readonly, isAsked, cause} = bind;
		const isStill = readonly && !isAsked && stillPlaces.test(path);
		shares.set(bind, [...(shares.get(bind) ?? []), {path, source, readonly, isStill, cause}]);
	};
	const copy = (bind: TreeBind, {path, source}: Place): void => {
		if (!isOpen(bind, source)) {
			others.push(source);
			return;
		}
		copies.copyFile(path, source);
	};
	const takeApart = (bind: TreeBind, place: Place, {holes, isCopied = false}: Apart): void => {
		copies.makeDirectory(place.path, factsOf(place.source));
		if (isOpen(bind, place.source)) inPlace(place.source, (here) => bringParts(bind, place, {here, holes, isCopied}));
		else leaveOut(place);
	};
	/** But for places of what the guest mounts there. */
	const leaveOut = ({path, source}: Place): void => {
		others.push(source);
		for (const mount of mounts) {
			if (mount.kind !== 'cover' || mount.ifThere === true || !isWithin(mount.path, path)) continue;
			if (mount.of === 'file') copies.makeEmptyFile(mount.path);
			else copies.makeDirectory(mount.path, {mode: usualMode});
		}
	};
	const shows = (bind: TreeBind, here: string): boolean => needsShare(here, isOpen(bind, here));
	const bringParts = (bind: TreeBind, {path, source}: Place, {here, holes, isCopied}: Required<Apart> & {readonly here: string}): void => {
		const listed = ifThere(() => readdirSync(here, {withFileTypes: true})) ?? [];
		const children = listed.map((entry) => ({
			path: `${path}/${entry.name}`,
			source: under(source, entry.name),
			here: `${here}/${entry.name}`,
			isDirectory: entry.isDirectory(),
			below: holes.filter((hole) => isWithin(hole, under(source, entry.name))),
		}));
		const areCopied =
			isCopied || children.filter((child) => child.isDirectory && child.below.length === 0 && shows(bind, child.here)).length > mostTakenApart;
		for (const child of children) {
			if (child.below.includes(child.source)) {
				// A file that was asked for is there by now.
				if (!child.isDirectory) copies.makeEmptyFile(child.path);
				else copies.makeDirectory(child.path, answers(child.source) ? factsOf(child.here) : {mode: usualMode});
			} else if (child.below.length > 0) {
				takeApart(bind, child, {holes: child.below, isCopied: areCopied});
			} else {
				bringPart(bind, child, areCopied);
			}
		}
	};
	const bringPart = (bind: TreeBind, part: Place & {readonly here: string}, isCopied: boolean): void => {
		const stats = lstatIfThere(part.here);
		if (stats?.isSymbolicLink() === true) {
			const to = ifThere(() => readlinkSync(part.here));
			if (to !== undefined && copies.fits(part.source)) copies.makeLink(part.path, to);
		} else if (stats?.isDirectory() === true) {
			if (unspeakable.test(part.source)) {
				if (copies.fits(part.source)) copies.missing.push(part.source);
			} else if (isCopied) {
				if (copies.fits(part.source)) takeApart(bind, part, {holes: [], isCopied});
			} else if (shows(bind, part.here) || copies.fits(part.source)) bring(bind, part);
		} else if (stats?.isFile() === true) {
			copy(bind, part);
		}
	};
	/** What is empty, or closed to QEMU's user, needs no share: it would show nothing. */
	const bring = (bind: TreeBind, {path, source}: Place): void => {
		copies.makeDirectory(path, bind.source.startsWith('/') ? factsOf(source) : {mode: usualMode});
		if (!bind.readonly || !source.startsWith('/') || shows(bind, source)) share(bind, path, source);
	};

	const allBinds = mounts.filter((mount) => mount.kind === 'bind');
	const inPlaces = allBinds.filter((bind) => {
		const outer = outerOf(allBinds, bind.path);
		return outer !== undefined && isSameView(bind, outer);
	});
	/** The outer one's share shows these, for each is what the host has there; what lies in them lies in that. */
	const shown = inPlaces.filter((bind) => bind.readonly === outerOf(allBinds, bind.path)?.readonly);
	/** A writable bind in a read-only one is mounted over the outer share, if no other user can rename its directory away. */
	const upon = inPlaces.filter((bind) => !shown.includes(bind) && isFirmWay(dirname(bind.source), caller));
	const binds = allBinds.filter((bind) => !shown.includes(bind));
	const takenApart: Array<() => void> = [];
	for (const bind of binds) {
		const {path, source} = bind;
		if (bind.isAsked && source.startsWith('/') && !isReadable(source)) {
			throw new ShellError('refused', `${source} cannot be shared by 9p: this user may not open it`, {hint: 'Choose one that you may read'});
		}
		if (kindOfSource(source) === 'file') {
			if (bind.isAsked) copies.copyAsked(bind);
			else copy(bind, {path, source});
			continue;
		}
		const placesOf = (those: HostTree['mounts']): string[] =>
			those
				.filter((mount) => mount !== bind && isWithin(mount.path, path) && outerOf(binds, mount.path) === bind)
				.map(({path: at}) => under(source, at.slice(path.length + 1)));
		const [seen, mounted] = [placesOf(shown), placesOf(upon)];
		const holes = [
			...placesOf(mounts.filter((mount) => mount.kind === 'bind' || mount.isShownBy9p !== true)),
			...mountTable.map(({mountPoint}) => mountPoint).filter((place) => place !== source && isWithin(place, source)),
		].filter((hole) => !seen.includes(hole) && !mounted.includes(hole));
		if (holes.length === 0 || !source.startsWith('/')) {
			bring(bind, {path, source});
			continue;
		}
		if (!bind.readonly || bind.isWhole === true) {
			const [how, cure] = bind.readonly
				? ['for an overlay', 'Lay it over the directories below it']
				: ['writable', 'Bind the directories below it one by one'];
			const message = `${source} cannot be shared ${how} by 9p: ${holes[0] ?? ''} below it would be shared too, which the machine must not see`;
			throw new ShellError('unavailable', message, {hint: `${cure}, or run it as root (qemu:///system), which shares by virtiofs`});
		}
		// Other users may have made the holes: what they cost is not what was asked for, nor a whole directory.
		takenApart[bind.isAsked ? 'unshift' : 'push'](() => takeApart(bind, {path, source}, {holes: [...holes, ...mounted]}));
	}
	for (const takeOneApart of takenApart) takeOneApart();
	const exports = binds.flatMap((bind) => shares.get(bind) ?? []).map((each, index) => ({tag: `share${index}`, ...each}));
	return {exports, made: copies.made, missing: copies.missing, cut: [...copies.cut], others};
}

/** The innermost of the binds around a place, itself not. */
function outerOf(binds: readonly TreeBind[], path: string): TreeBind | undefined {
	const others = binds.filter((bind) => bind.path !== path);
	return innermost(others, path, (bind) => bind.path);
}

/** Whether a bind is what the host has at this place of the outer one, in which no more may be written to than in it. */
function isSameView(bind: TreeBind, outer: TreeBind): boolean {
	return (outer.readonly || !bind.readonly) && bind.source === under(outer.source, bind.path.slice(outer.path.length + 1));
}

function under(directory: string, name: string): string {
	return `${directory === '/' ? '' : directory}/${name}`;
}
