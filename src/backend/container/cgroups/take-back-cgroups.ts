import {lchownSync, readdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {isCode} from '../../../core/is-code.ts';
import {groupName, type Cgroup} from './cgroups-of.ts';

/**
 * Gives the control groups of a container with ids of its own back to the host's root: libvirt gives them to the container's (version 2), who would
 * lift every limit of theirs, once somebody of the host hands them a descriptor of such a file.
 */
export function takeBackCgroups(cgroups: readonly Cgroup[]): void {
	for (const {mountPoint, path} of cgroups) {
		for (let group = path; groupName.test(group.slice(mountPoint.length)); group = dirname(group)) takeBack(group);
	}
}

function takeBack(group: string): void {
	for (const name of ['', ...listed(group)]) {
		try {
			lchownSync(join(group, name), 0, 0);
		} catch (error) {
			// Whoever made a group there has it no longer.
			if (!isCode(error, 'ENOENT')) throw error;
		}
	}
}

/** One that went between the two has nothing. */
function listed(group: string): string[] {
	try {
		return readdirSync(group);
	} catch (error) {
		if (isCode(error, 'ENOENT')) return [];
		throw error;
	}
}
