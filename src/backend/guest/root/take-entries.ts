import type {Dirent} from 'node:fs';
import {isWithin} from '../../../spec/paths.ts';
import type {HostMount} from '../../host/mounts/mount-table.ts';
import {listWithin, lstatWithin, readlinkWithin} from '../../host/files/root-directory.ts';
import type {GuestTree} from './guest-tree.ts';

const enterableByAll = 0o001;
/** Bound one by one, entries take libvirt time, and anybody may have a mount beside as many as they like. */
const mostEntries = 4096;
/** In names that a domain's XML cannot hold; bytes that are no UTF-8 have become U+FFFD, or lone surrogates. */
export const unspeakable = /[\u{0}-\u{1f}\u{7f}\u{d800}-\u{dfff}\u{fffd}-\u{ffff}]/u;

/**
 * Takes entries of a directory of the root into the skeleton: links as they are, files and directories bound.
 *
 * `split`: a directory with mounts of the host below it is in the skeleton itself, and what it holds is taken one by one. In a
 * namespace of users the kernel binds no directory without what is mounted below it, which would otherwise show what lies under those.
 * Gives those of them that only their owner may enter: libvirt, with the rights of the guest's root, can mount nothing there; and those
 * that hold too many.
 */
export function takeEntries(guest: GuestTree, entries: readonly Dirent[], {directory, split}: {directory: string; split: readonly HostMount[]}): string[] {
	const closed: string[] = [];
	for (const entry of entries) {
		const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
		const source = `${guest.base}/${path}`;
		if (entry.isSymbolicLink()) {
			const to = readlinkWithin(guest.base, `/${path}`);
			if (to !== undefined) guest.top.set(path, {kind: 'symlink', path, to});
			continue;
		}
		if ((!entry.isDirectory() && !entry.isFile()) || unspeakable.test(entry.name)) continue;
		guest.top.set(path, {kind: entry.isFile() ? 'file' : 'directory', path});
		const below = split.filter(({mountPoint}) => mountPoint !== source && isWithin(mountPoint, source));
		if (below.length > 0) {
			const mode = (lstatWithin(guest.base, `/${path}`)?.mode ?? 0) & 0o777;
			guest.top.set(path, {kind: 'directory', path, mode});
			const inside = (mode & enterableByAll) === 0 ? [] : listWithin(guest.base, `/${path}`);
			if ((mode & enterableByAll) === 0 || guest.top.size + inside.length > mostEntries) {
				closed.push(source);
				continue;
			}
			const within = {directory: path, split: [...below, ...split.filter(isAt(source))]};
			closed.push(...takeEntries(guest, inside, within));
		} else if (directory === '' || !split.some(isAt(source))) {
			guest.mounts.set(`/${path}`, {kind: 'bind', target: `/${path}`, source, readonly: true, cause: undefined});
		}
	}
	return closed;
}

function isAt(path: string): (mount: HostMount) => boolean {
	return ({mountPoint}) => mountPoint === path;
}
