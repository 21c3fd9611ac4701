import {readlinkSync, realpathSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {pathForNode, wordFromBytes} from '../../../core/bytes.ts';
import {ifThere} from './if-there.ts';

const mostLinks = 40;

/** A path without links, by which mounts are known. What is not there has none yet, as a temporary directory, and keeps its own name. */
export function realPath(path: string): string {
	return ifThere(() => whole(path)) ?? path;
}

/** Node's own replaces bytes that are no UTF-8. */
function whole(path: string): string {
	return wordFromBytes(realpathSync.native(pathForNode(path), 'buffer'));
}

/** Where what a path names is, or will be once it is made: also behind a link that leads nowhere yet. */
export function futurePath(path: string, links = mostLinks): string {
	try {
		return whole(path);
	} catch {
		const parent = dirname(path);
		if (parent === path) return path;
		const way = futurePath(parent, links);
		const to = links === 0 ? undefined : ifThere(() => wordFromBytes(readlinkSync(pathForNode(path), 'buffer')));
		return to === undefined ? join(way, basename(path)) : futurePath(resolve(way, to), links - 1);
	}
}
