import {closeSync, constants, fstatSync, openSync} from 'node:fs';
import {ShellError} from '../../../core/errors.ts';
import {pathForNode} from '../../../core/bytes.ts';
import {lstatIfThere} from './firm-way.ts';

/** O_PATH of Linux, which Node does not name: a descriptor of the place, which opens nothing. */
export const pathOnly = 0o10000000;

/** What a descriptor of ours stands for, whatever has its name by now. */
export function pathOf(descriptor: number): string {
	return `/proc/self/fd/${descriptor}`;
}

/**
 * Opens what lies at a place, whose path has no links: one name at a time, each by the descriptor of the directory before it, so that no
 * link of any kind is followed, whatever somebody puts on the way. That is asked of the way and not of what was opened, since a path by
 * which the kernel calls that proves nothing (`placesOf`). Throws as the system does, and a refusal where a link is on the way by now.
 */
export function openInPlace(path: string, flags: number): number {
	const names = path.split('/').filter((name) => name !== '');
	const last = names.pop();
	let at = openSync('/', last === undefined ? flags : pathOnly | constants.O_DIRECTORY);
	const go = (name: string, how: number): void => {
		const above = at;
		const here = `${pathOf(above)}/${name}`;
		try {
			at = openSync(pathForNode(here), how | constants.O_NOFOLLOW);
		} catch (cause) {
			throw lstatIfThere(here)?.isSymbolicLink() === true ? changed(path, cause) : cause;
		} finally {
			closeSync(above);
		}
	};
	for (const name of names) go(name, pathOnly | constants.O_DIRECTORY);
	if (last !== undefined) go(last, flags);
	// Of a link itself there are such descriptors.
	if ((flags & pathOnly) === 0 || !fstatSync(at).isSymbolicLink()) return at;
	closeSync(at);
	throw changed(path);
}

function changed(path: string, cause?: unknown): ShellError {
	return new ShellError('refused', `The way to ${path} has changed`, {hint: 'Try again', cause});
}
