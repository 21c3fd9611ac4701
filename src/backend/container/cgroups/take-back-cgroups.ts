import {lchownSync, readdirSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {isCode} from '../../../core/is-code.ts';
import {groupName, type Cgroup} from './cgroups-of.ts';

/**
 * Gives the control groups of a container with ids of its own back to the host's root: those of version 2 libvirt gives to the container's, who would
 * lift every limit of theirs, once somebody of the host hands them a descriptor of such a file.
 */
export function takeBackCgroups(cgroups: readonly Cgroup[]): void {
	for (const {mountPoint, path, controllers} of cgroups) {
		if (controllers.length > 0) continue;
		for (let group = path; groupName.test(group.slice(mountPoint.length)); group = dirname(group)) takeBack(group);
	}
}

function takeBack(group: string): void {
	try {
		for (const name of ['', ...readdirSync(group)]) lchownSync(join(group, name), 0, 0);
	} catch (cause) {
		// It went between the two.
		if (isCode(cause, 'ENOENT')) return;
		throw new ShellError('refused', `The root of the container would own its control group ${group}, and could lift its limits`, {
			hint: 'Start it where /sys/fs/cgroup can be written to, or without ids of its own',
			cause,
		});
	}
}
