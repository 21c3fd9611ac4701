import {readOrEmpty} from '../../host/files/read-or-empty.ts';

/** What the kernel puts behind a name that has gone. */
export const removed = ' (deleted)';

/** The file that a loop device has open, by the name that it has now, `removed` behind it once that is gone. Empty: none, or it is no loop device. */
export function fileOfLoop(device: string, blocks = '/sys/block'): string {
	return readOrEmpty(`${blocks}/${device}/loop/backing_file`).replace(/\n$/, '');
}
