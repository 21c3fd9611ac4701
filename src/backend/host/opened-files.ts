import {readdirSync, readlinkSync} from 'node:fs';
import {ifThere} from './if-there.ts';

/** What a process has open. */
export interface OpenedFile {
	/** Where it is by now, from the root; of a socket or a pipe what the kernel calls it. */
	readonly place: string;
	/** By which it can be looked at. */
	readonly descriptor: string;
	/** Its number. */
	readonly number: number;
}

/** All that a process has open; throws where nobody lets us see that. */
export function listOpened(pid: number): OpenedFile[] {
	const directory = `/proc/${pid}/fd`;
	return readdirSync(directory).flatMap((name) => {
		const descriptor = `${directory}/${name}`;
		// It may be closed meanwhile.
		const place = ifThere(() => readlinkSync(descriptor));
		return place === undefined ? [] : {place, descriptor, number: Number(name)};
	});
}
