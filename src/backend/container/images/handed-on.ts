import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../../core/clock-ms.ts';
import {readOrEmpty} from '../../host/files/read-or-empty.ts';
import type {Voice} from '../../types.ts';

/** How long the kernel may take to let a loop device go, and between two looks. */
const [goingMs, stepMs] = [500, 5];

/** A loop device that a container writes to an image by. */
export interface OwnLoop {
	readonly source: string;
	/** As `loop0`. */
	readonly device: string;
	/** Counted up by the kernel with each file that a device gets. */
	readonly sequence: string;
}

export function identifyLoop(source: string, device: string): OwnLoop {
	return {source, device, sequence: sequenceOf(device)};
}

function sequenceOf(device: string): string {
	return readOrEmpty(`/sys/block/${device}/diskseq`).trim();
}

function isStillThere({device, sequence}: OwnLoop): boolean {
	return readOrEmpty(`/sys/block/${device}/loop/backing_file`) !== '' && sequenceOf(device) === sequence;
}

/** After the end of a container: who has something of its image open by then was handed that by the command, and goes on writing. */
export async function tellHandedOn(loops: readonly OwnLoop[], voice: Voice): Promise<void> {
	const until = clockMs() + goingMs;
	let left = loops.filter(isStillThere);
	while (left.length > 0 && clockMs() < until) {
		await wait(stepMs);
		left = left.filter(isStillThere);
	}
	for (const {source, device} of left) {
		voice.notice(
			'warning',
			'image-handed-on',
			`Somebody still has something of the image ${source} open, which the command has handed on, and may write to it (/dev/${device})`,
			'No sandbox gets the image until that has ended; do not mount it before then either',
		);
	}
}
