import {lchownSync, readdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {isCode} from '../../../core/is-code.ts';
import {groupName, type Cgroup} from './cgroups-of.ts';

/**
 * Gives the control groups of a container with ids of its own back to the host's root: those of version 2 libvirt gives to the container's, who would
 * lift every limit of theirs, once somebody of the host hands them a descriptor of such a file. False: there is none to be seen.
 */
export function takeBackCgroups(cgroups: readonly Cgroup[]): boolean {
	let isAny = false;
	for (const {mountPoint, path, controllers} of cgroups) {
		if (controllers.length > 0) continue;
		for (let group = path; groupName.test(group.slice(mountPoint.length)); group = dirname(group)) isAny = takeBack(group) || isAny;
	}
	return isAny;
}

/** False: it has another name here, or went between the two. */
function takeBack(group: string): boolean {
	try {
		for (const name of ['', ...readdirSync(group)]) lchownSync(join(group, name), 0, 0);
		return true;
	} catch (error) {
		if (isCode(error, 'ENOENT')) return false;
		throw error;
	}
}
