import {lstatSync, readdirSync} from 'node:fs';
import {join} from 'node:path';

const othersWrite = 0o022;

/** A directory that others than root, and a user, may write to: this one, or one in it; undefined: there is none. */
export function findOpenDirectory(directory: string, user: number): string | undefined {
	const {uid, mode} = lstatSync(directory);
	if (![0, user].includes(uid) || (mode & othersWrite) !== 0) return directory;
	for (const entry of readdirSync(directory, {withFileTypes: true})) {
		const open = entry.isDirectory() ? findOpenDirectory(join(directory, entry.name), user) : undefined;
		if (open !== undefined) return open;
	}
	return undefined;
}
