import {realpathSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';

/** A path without links, by which mounts are known. What is not there has none yet, as a temporary directory, and keeps its own name. */
export function realPath(path: string): string {
	try {
		return realpathSync(path);
	} catch {
		return path;
	}
}

/** Where what a path names is, or will be once it is made. */
export function futurePath(path: string): string {
	try {
		return realpathSync(path);
	} catch {
		const parent = dirname(path);
		return parent === path ? path : join(futurePath(parent), basename(path));
	}
}
