import {lstatSync, readdirSync, type Dirent} from 'node:fs';
import {join} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {isCode} from '../../../core/is-code.ts';

const othersWrite = 0o022;

/** A directory that others than root, and a user, may write to: this one, or one in it; undefined: there is none. */
export function findOpenDirectory(directory: string, user: number): string | undefined {
	const {uid, mode} = lstatSync(directory);
	if (![0, user].includes(uid) || (mode & othersWrite) !== 0) return directory;
	for (const entry of listDirectory(directory)) {
		const open = entry.isDirectory() ? findOpenDirectory(join(directory, entry.name), user) : undefined;
		if (open !== undefined) return open;
	}
	return undefined;
}

function listDirectory(directory: string): Dirent[] {
	try {
		return readdirSync(directory, {withFileTypes: true});
	} catch (cause) {
		if (!isCode(cause, 'EACCES')) throw cause;
		throw new ShellError('refused', `The directory ${directory} cannot be read`, {hint: 'Look at its rights and those of the directories above it', cause});
	}
}
