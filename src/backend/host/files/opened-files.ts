import {readdirSync, readlinkSync, statSync} from 'node:fs';
import {identityOf} from './file-identity.ts';
import {ifThere} from './if-there.ts';
import {placesOf} from './places-of.ts';

/** What a process has open. */
export interface OpenedFile {
	/** What the kernel calls it, which need not be where it lies: not for a decision. */
	readonly name: string;
	/** Where it is by now, by the mounts that the process itself has; undefined: in none of them, as a socket or a pipe. */
	readonly place: string | undefined;
	/** By which it can be looked at. */
	readonly descriptor: string;
	/** Its number. */
	readonly number: number;
}

/** All that a process has open; throws where nobody lets us see that. */
export function listOpened(pid: number): OpenedFile[] {
	const directory = `/proc/${pid}/fd`;
	const entries = readdirSync(directory);
	const placeOf = placesOf(pid);
	return entries.flatMap((entry) => {
		const descriptor = `${directory}/${entry}`;
		const number = Number(entry);
		// It may be closed meanwhile.
		const name = ifThere(() => readlinkSync(descriptor));
		if (name === undefined) return [];
		return {name, place: name.startsWith('/') ? ifThere(() => placeOf(number)) : undefined, descriptor, number};
	});
}

/** Whether it lies at a place, and is the very file that `identityOf` tells of; undefined: none is known. One that was closed meanwhile is not. */
export function isOpenedAt({place, descriptor}: OpenedFile, wanted: string, identity: string | undefined): boolean {
	return place === wanted && identity !== undefined && ifThere(() => identityOf(statSync(descriptor, {bigint: true}))) === identity;
}
