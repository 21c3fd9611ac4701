import {readFileSync, statSync, type BigIntStats} from 'node:fs';
import {ShellError} from '../../core/errors.ts';
import {safeText} from '../../core/text.ts';
import {innermost} from '../../spec/paths.ts';
import {ifThere} from '../host/files/if-there.ts';
import type {HostMount} from '../host/mounts/mount-table.ts';
import type {OpenedFile} from '../host/files/opened-files.ts';
import {isServedByOthers} from '../host/mounts/waiting-mounts.ts';

/** The standard streams: libvirt's log. They were open before QEMU opened anything. */
const firstOwn = 3;
const mostOfPid = 16n;

interface StrayBasis {
	readonly qemu: number;
	readonly mountTable: readonly HostMount[];
	/** The user who starts the machine. */
	readonly user: number;
}

/**
 * Refuses a machine whose QEMU has another file or block device of the host open, besides its images: whoever may write to an image that
 * is not raw may have written a name into its header just before QEMU read that. What else it has is the guest's memory, which it has
 * mapped, as it does with no image, and libvirt's file with its pid.
 */
export function checkStrays(rest: readonly OpenedFile[], basis: StrayBasis): void {
	const stray = rest.find((file) => file.number >= firstOwn && isStray(file, basis));
	if (stray === undefined) return;
	throw new ShellError('refused', `The QEMU of the machine has opened ${safeText(stray.name)}, which it was not told to`, {
		hint: 'An image may have named it while the machine started. Keep images that are not raw where nobody else writes to them',
	});
}

function isStray({name, descriptor}: OpenedFile, {qemu, mountTable, user}: StrayBasis): boolean {
	// It need not answer, and nothing of QEMU's own lies there.
	const mount = innermost(mountTable, name, ({mountPoint}) => mountPoint);
	if (mount !== undefined && isServedByOthers(mount, user)) return true;
	let stats: BigIntStats | undefined;
	try {
		// Undefined: it was closed meanwhile.
		stats = statSync(descriptor, {bigint: true, throwIfNoEntry: false});
	} catch {
		return true;
	}
	if (stats?.isBlockDevice() === true) return true;
	return stats?.isFile() === true && !isPidFile(descriptor, stats, qemu) && !isMemory(name, stats, qemu);
}

function isPidFile(descriptor: string, {size}: BigIntStats, qemu: number): boolean {
	return size > 0n && size <= mostOfPid && ifThere(() => readFileSync(descriptor, 'latin1').trim()) === String(qemu);
}

/** Whether it is memory of QEMU's own: a file without a name that it has mapped. All such files of the host have one device number. */
function isMemory(name: string, {ino}: BigIntStats, qemu: number): boolean {
	if (!name.startsWith('/memfd:')) return false;
	const maps = ifThere(() => readFileSync(`/proc/${qemu}/maps`, 'latin1')) ?? '';
	return maps.split('\n').some((line) => /^\S+ \S+ \S+ \S+ (\d+) /.exec(line)?.[1] === String(ino) && line.endsWith(` ${name}`));
}
