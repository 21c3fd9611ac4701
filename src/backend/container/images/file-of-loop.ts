import {readOrEmpty} from '../../host/files/read-or-empty.ts';

/** The file that a loop device has open, by the name that it has now, and with " (deleted)" once that is gone. Empty: none, or it is no loop device. */
export function fileOfLoop(device: string, blocks = '/sys/block'): string {
	return readOrEmpty(`${blocks}/${device}/loop/backing_file`).replace(/\n$/, '');
}
