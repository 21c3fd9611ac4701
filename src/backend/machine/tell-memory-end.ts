import type {ControlChannel} from '../guest/streams/control-channel.ts';
import {endedOutOfMemory} from '../limits/describe-out-of-memory.ts';
import type {BootLog} from './boot/machine-boot.ts';

/** A machine whose kernel finds nobody more to end for want of memory goes without a word of its init: whoever waits hears what its boot log says. */
export function tellMemoryEnd(memoryKiB: number, {ranOut}: Pick<BootLog, 'ranOut'>, control: Pick<ControlChannel, 'expectEnd'>): void {
	void ranOut.then(() => control.expectEnd(endedOutOfMemory(memoryKiB)));
}
