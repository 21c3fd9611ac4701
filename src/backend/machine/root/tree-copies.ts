import {lstatSync} from 'node:fs';
import {dirname} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {formatSizeKiB} from '../../../core/units.ts';
import {pathDepth} from '../../../spec/paths.ts';
import {lstatIfThere} from '../../host/files/firm-way.ts';
import {ifThere} from '../../host/files/if-there.ts';
import {isReadable} from '../../host/files/is-readable.ts';
import {readRegularFile} from '../../host/files/read-regular-file.ts';
import type {SkeletonEntry} from '../../guest/root/guest-tree.ts';
import type {CpioEntry, FileFacts} from '../boot/cpio.ts';
import {treePlace, type TreeBind} from './host-tree.ts';
import {factsOf, usualMode} from './share-looks.ts';

/** What a share of 9p would show of the host's files that are not in a directory of their own is copied, up to this. */
const mostFileBytes = 1024 * 1024;
/** The same of all these together, with links and directories: a sandbox may have written them. */
const mostCopied = {entries: 5000, bytes: 16 * 1024 * 1024};
/** Nor is anything copied that lies deeper: each step down holds a directory open. */
const mostDepth = 100;
/** The same of a file that was asked for. */
const mostAskedBytes = 4 * 1024 * 1024;

/** What of a tree the guest has from the initramfs: directories, links, and copies of files. Paths are the tree's. */
export class TreeCopies {
	/** Paths of the host that the guest lacks. */
	readonly missing: string[] = [];
	/** Directories of the host of whose entries the guest lacks some, since they are too many, or too large together. */
	readonly cut = new Set<string>();
	readonly #made = new Map<string, CpioEntry>();
	readonly #left = {...mostCopied};

	/** For the initramfs. */
	get made(): readonly CpioEntry[] {
		return [...this.#made.values()];
	}

	makeEntry(entry: SkeletonEntry): void {
		if (entry.kind === 'symlink') this.makeLink(entry.path, entry.to);
		else if (entry.kind === 'directory') this.makeDirectory(entry.path, {mode: entry.mode ?? usualMode});
		else this.makeEmptyFile(entry.path, entry.mode);
	}

	makeDirectory(path: string, facts: FileFacts & {readonly mode: number}): void {
		this.#make({kind: 'directory', path: inGuest(path), ...facts});
	}

	makeLink(path: string, to: string): void {
		this.#make({kind: 'symlink', path: inGuest(path), to});
	}

	/** Where no file is yet. */
	makeEmptyFile(path: string, mode = 0o644): void {
		if (!this.#made.has(inGuest(path))) this.#make({kind: 'file', path: inGuest(path), mode, data: Buffer.alloc(0)});
	}

	/** Whether there is room for one more of what is copied, and it does not lie too deep. */
	fits(source: string, bytes = 0): boolean {
		const isRoom = this.#left.entries > 0 && this.#left.bytes >= bytes && pathDepth(source) <= mostDepth;
		if (isRoom) {
			this.#left.entries--;
			this.#left.bytes -= bytes;
		} else this.cut.add(dirname(source));
		return isRoom;
	}

	copyFile(path: string, source: string): void {
		const stats = lstatIfThere(source);
		if (stats === undefined || !this.fits(source, stats.size > mostFileBytes ? 0 : stats.size)) return;
		const read = (): Buffer => readRegularFile(source, {most: mostFileBytes, isPlace: true});
		const data = !isReadable(source) ? Buffer.alloc(0) : stats.size > mostFileBytes ? undefined : ifThere(read);
		if (data === undefined) this.missing.push(source);
		else this.#make({kind: 'file', path: inGuest(path), ...withoutIds(factsOf(source)), data});
	}

	/** The same of a file that was asked for, whatever else is copied. */
	copyAsked({path, source, readonly}: TreeBind): void {
		if (!readonly) {
			throw new ShellError('refused', `A machine that shares by 9p cannot write to ${source} alone: it shares whole directories`, {
				hint: 'Mount its directory, or mount it read-only (,ro)',
			});
		}
		const {size} = lstatSync(source);
		if (size > mostAskedBytes) {
			throw new ShellError('refused', `${source} is too large to be copied into the machine, as files are that share no directory by 9p`, {
				hint: `Mount its directory; files are copied up to ${formatSizeKiB(mostAskedBytes / 1024)}`,
			});
		}
		const data = readRegularFile(source, {most: mostAskedBytes, isPlace: true});
		this.#make({kind: 'file', path: inGuest(path), ...withoutIds(factsOf(source)), data});
	}

	#make(entry: CpioEntry): void {
		const parts = entry.path.split('/');
		for (let depth = 1; depth < parts.length; depth++) {
			const path = parts.slice(0, depth).join('/');
			if (!this.#made.has(path)) this.#made.set(path, {kind: 'directory', path, mode: usualMode});
		}
		this.#made.set(entry.path, entry);
	}
}

function inGuest(path: string): string {
	return `${treePlace}/${path}`;
}

/** A copied program gives nobody the rights of its owner. */
function withoutIds({mode, ...facts}: ReturnType<typeof factsOf>): ReturnType<typeof factsOf> {
	return {...facts, mode: mode & 0o777};
}
