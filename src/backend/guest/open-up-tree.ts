import {chmodSync, closeSync, constants, fstatSync, openSync, readdirSync, type Stats} from 'node:fs';
import {pathOnly} from '../host/root-directory.ts';

const ownersAll = 0o700;

interface Level extends Pick<Stats, 'dev' | 'ino'> {
	/** Directories in it that are still to be seen to. */
	readonly names: Buffer[];
}

/**
 * Gives the owner of a tree's directories all rights to them again: a command may have left some that even their owner may not list, or
 * write to. From the top down, by no link, within one file system; what is another's stays as it is. Nobody changes the tree any more, so
 * `..` is the way back, and it takes two descriptors however deep the tree is.
 */
export function openUpTree(path: string): void {
	let here = enter(path);
	try {
		const top = openUp(here);
		const levels = [top];
		for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
			const name = level.names.pop();
			if (name === undefined) {
				levels.pop();
				const parent = levels.at(-1);
				if (parent === undefined) return;
				here = exchange(here, enter(below(here, '..')));
				const {dev: device, ino} = fstatSync(here);
				if (device !== parent.dev || ino !== parent.ino) return;
				continue;
			}
			const next = enter(below(here, name));
			const found = fstatSync(next).dev === top.dev ? openUpIfOwn(next) : undefined;
			if (found === undefined) {
				closeSync(next);
				continue;
			}
			here = exchange(here, next);
			levels.push(found);
		}
	} finally {
		closeSync(here);
	}
}

/** No file is opened by that, so it takes no rights to the place itself. */
function enter(path: string | Buffer): number {
	return openSync(path, pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW);
}

function exchange(old: number, next: number): number {
	closeSync(old);
	return next;
}

function below(descriptor: number, name: string | Buffer): Buffer {
	return Buffer.concat([Buffer.from(`/proc/self/fd/${descriptor}/`), Buffer.from(name)]);
}

function openUp(descriptor: number): Level {
	const {dev, ino, mode} = fstatSync(descriptor);
	const place = `/proc/self/fd/${descriptor}`;
	if ((mode & ownersAll) !== ownersAll) chmodSync(place, (mode & 0o7777) | ownersAll);
	const entries = readdirSync(place, {withFileTypes: true, encoding: 'buffer'});
	return {dev, ino, names: entries.filter((entry) => entry.isDirectory()).map(({name}) => name)};
}

function openUpIfOwn(descriptor: number): Level | undefined {
	try {
		return openUp(descriptor);
	} catch {
		return undefined;
	}
}
