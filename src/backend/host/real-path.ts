import {realpathSync} from 'node:fs';

/** A path without links, by which mounts are known. What is not there has none yet, as a temporary directory, and keeps its own name. */
export function realPath(path: string): string {
	try {
		return realpathSync(path);
	} catch {
		return path;
	}
}
