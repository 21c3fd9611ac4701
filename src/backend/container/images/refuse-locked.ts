import {ShellError} from '../../../core/errors.ts';
import {deviceNumbers} from '../../host/files/file-identity.ts';
import {statInPlace} from '../../host/files/in-place.ts';
import {readOrEmpty} from '../../host/files/read-or-empty.ts';
import type {LoopImage} from './loop-images.ts';

/** The bytes of an image by which QEMU and qemu-nbd lock it, and the one that says that they write to it. */
const [first, writing, last] = [100, 101, 299];

/**
 * Refuses an image that a machine has, or qemu-nbd, unless neither side writes: a loop device takes no notice of their locks. `locks`: those of
 * the kernel, which names files by the device of their file system; btrfs tells another one, so nothing is found there.
 */
export function refuseLocked({source, isReadonlyMount}: LoopImage, locks = readOrEmpty('/proc/locks')): void {
	const stats = statInPlace(source);
	if (stats === undefined) return;
	const [major = '', minor = ''] = deviceNumbers(Number(stats.dev)).map((number) => number.toString(16).padStart(2, '0'));
	const file = `${major}:${minor}:${stats.ino}`;
	const [from, to] = isReadonlyMount ? [writing, writing] : [first, last];
	const isInWay = (line: string): boolean => {
		const [locked, start, end] = line.trim().split(/\s+/).slice(-3);
		return locked === file && Number(start) <= to && (end === 'EOF' || Number(end) >= from);
	};
	if (!locks.split('\n').some(isInWay)) return;
	throw new ShellError('refused', `The image ${source} is in use: a machine, or a container by nbd, has it`, {
		hint: `End what uses it${isReadonlyMount ? '' : ', or let all of them mount it read-only (ro)'}`,
	});
}
