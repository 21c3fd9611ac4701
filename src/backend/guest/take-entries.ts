import {readdirSync, readlinkSync, type Dirent} from 'node:fs';
import {isWithin} from '../../spec/paths.ts';
import type {HostMount} from '../host/mount-table.ts';
import type {GuestMount, GuestTree} from './guest-tree.ts';

/**
 * Takes entries of a directory of the root into the skeleton: links as they are, files and directories bound.
 *
 * `split`: a directory with mounts of the host below it is in the skeleton itself, and what it holds is taken one by one. In a
 * namespace of users the kernel binds no directory without what is mounted below it, which would otherwise show what lies under those.
 */
export function takeEntries(guest: GuestTree, entries: readonly Dirent[], {directory, split}: {directory: string; split: readonly HostMount[]}): void {
	for (const entry of entries) {
		const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
		const source = `${guest.base}/${path}`;
		if (entry.isSymbolicLink()) {
			guest.top.set(path, {kind: 'symlink', path, to: readlinkSync(source)});
			continue;
		}
		if (!entry.isDirectory() && !entry.isFile()) continue;
		guest.top.set(path, {kind: entry.isFile() ? 'file' : 'directory', path});
		const below = split.filter(({mountPoint}) => mountPoint !== source && isWithin(mountPoint, source));
		if (below.length > 0) {
			takeEntries(guest, readdirSync(source, {withFileTypes: true}), {directory: path, split: [...below, ...split.filter(isAt(source))]});
		} else if (directory === '' || !split.some(isAt(source))) {
			guest.mounts.set(`/${path}`, bindOf(`/${path}`, source));
		}
	}
}

function isAt(path: string): (mount: HostMount) => boolean {
	return ({mountPoint}) => mountPoint === path;
}

function bindOf(target: string, source: string): GuestMount {
	return {kind: 'bind', target, source, readonly: true, cause: undefined};
}
