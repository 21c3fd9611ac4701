import {readFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {waysTo} from '../../../spec/paths.ts';
import {wordFromBytes} from '../../../core/bytes.ts';

/** One line of mountinfo. */
export interface HostMount {
	readonly mountPoint: string;
	/** As `proc`, `tmpfs`, `ext4`. */
	readonly fileSystem: string;
	readonly readonly: boolean;
	/** Of the mount itself, as `nosuid`. */
	readonly flags: readonly string[];
	/** Of the file system, as `size=4k`; the controllers of a cgroup hierarchy. */
	readonly options: readonly string[];
}

/** What the kernel says of where a mount is, besides. */
export interface KnownMount extends HostMount {
	readonly id: string;
	/** Of the mount that it is mounted in. */
	readonly parent: string;
	/** Of its file system, as `254:0`. */
	readonly device: string;
	/** What of its file system it shows. */
	readonly root: string;
	/** What it was mounted from, as whoever did that called it. */
	readonly source: string;
}

/** What a mount shows: which part of which file system. */
export type ShownPart = Pick<KnownMount, 'device' | 'root'>;

export function showsPart(mount: ShownPart, {device, root}: ShownPart): boolean {
	return mount.device === device && mount.root === root;
}

/**
 * The mounts of a process, this one or that of another directory of /proc: a later one hides what comes before it at its place and below.
 * Throws where the process has ended.
 */
export function readMountTable(ofProcess = '/proc/self'): KnownMount[] {
	return parseMountTable(readFileSync(`${ofProcess}/mountinfo`, 'latin1'));
}

/** The same of what the kernel tells, each character a byte: names need be no UTF-8. */
export function parseMountTable(text: string): KnownMount[] {
	const mounts: KnownMount[] = [];
	for (const line of text.split('\n')) {
		const fields = line.split(' ');
		const separator = fields.indexOf('-', 6);
		const [id = '', parent = '', device = '', root = '', mountPoint] = fields;
		const fileSystem = fields[separator + 1];
		if (mountPoint === undefined || separator < 0 || fileSystem === undefined || mountPoint.endsWith(removed)) continue;
		const flags = (fields[5] ?? '').split(',');
		mounts.push({
			id,
			parent,
			device,
			root: unescapePath(root),
			source: unescapePath(fields[separator + 2] ?? ''),
			mountPoint: unescapePath(mountPoint),
			fileSystem,
			readonly: flags.includes('ro'),
			flags,
			options: (fields[separator + 3] ?? '').split(','),
		});
	}
	return inOrder(mounts);
}

/** Those of a table that nothing hides. */
export function visibleOf<Mount extends Pick<HostMount, 'mountPoint'>>(table: readonly Mount[]): Mount[] {
	const covered = new Set<string>();
	const isSeen = ({mountPoint}: Mount): boolean => {
		const isCovered = ['/', ...waysTo(mountPoint)].some((place) => covered.has(place));
		covered.add(mountPoint);
		return !isCovered;
	};
	return table.toReversed().filter(isSeen).toReversed();
}

/**
 * The kernel has them as they were made, and one that was moved may lie over younger ones. Here each comes after the one that it is mounted
 * in, and after what that has below its place.
 */
function inOrder(mounts: readonly KnownMount[]): KnownMount[] {
	const ids = new Set(mounts.map(({id}) => id));
	const isRoot = ({id, parent}: KnownMount): boolean => parent === id || !ids.has(parent);
	const inside = Map.groupBy(
		mounts.filter((mount) => !isRoot(mount)),
		({parent}) => parent,
	);
	const ordered: KnownMount[] = [];
	const rest = coveringLast(mounts.filter(isRoot)).toReversed();
	for (let mount = rest.pop(); mount !== undefined; mount = rest.pop()) {
		ordered.push(mount);
		rest.push(...coveringLast(inside.get(mount.id) ?? []).toReversed());
	}
	return ordered;
}

/** Of those that are mounted in one: what covers others comes after them. */
function coveringLast(mounts: readonly KnownMount[]): readonly KnownMount[] {
	const before = new Set<string>();
	const covering = new Set<string>();
	for (const {mountPoint} of mounts) {
		for (const place of waysTo(dirname(mountPoint))) if (before.has(place)) covering.add(place);
		before.add(mountPoint);
	}
	if (covering.size === 0) return mounts;
	const [last, first] = [true, false].map((isLast) => mounts.filter(({mountPoint}) => covering.has(mountPoint) === isLast));
	return [...(first ?? []), ...(last ?? []).toSorted((one, other) => other.mountPoint.length - one.mountPoint.length)];
}

/** What the kernel puts behind a place that is gone, and with it the way to what is mounted there. */
const removed = '//deleted';

/** Whether what a mount shows was removed or replaced since: nobody can mount it a second time. */
export function isRemoved({root}: Pick<KnownMount, 'root'>): boolean {
	return root.endsWith(removed);
}

/** A place under the name that it had, where its file was removed or replaced since it was mounted. */
export function beforeRemoval<Place extends {readonly path: string} | undefined>(place: Place): Place {
	return place?.path.endsWith(removed) === true ? {...place, path: place.path.slice(0, -removed.length)} : place;
}

/** Nothing to be put otherwise, as in nearly all. */
const plain = /^[!-[\]-~]*$/;

/** The kernel writes blank, tab, newline and backslash as octal; bytes become a word again here. */
function unescapePath(text: string): string {
	if (plain.test(text)) return text;
	const bytes = text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
	return wordFromBytes(Buffer.from(bytes, 'latin1'));
}
