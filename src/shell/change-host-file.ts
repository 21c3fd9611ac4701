import {closeSync, constants} from 'node:fs';
import {open, realpath, rename, rm} from 'node:fs/promises';
import {basename, dirname} from 'node:path';
import {openInPlace, pathOf, pathOnly} from '../backend/host/files/open-in-place.ts';
import {ShellError} from '../core/errors.ts';

/**
 * Puts another text into a file that holds `old`, and stays its owner's; gives the name that the old one has from now on. Somebody else may
 * change the directory meanwhile: each file is one that was opened, and never what has its name by then. Rejects with the system's error.
 */
export async function changeHostFile(named: string, old: string, data: string): Promise<string> {
	const path = await realpath(named);
	const directory = openInPlace(dirname(path), pathOnly | constants.O_DIRECTORY);
	const place = (name: string): string => `${pathOf(directory)}/${name}`;
	const [name, kept, next] = [basename(path), `${basename(path)}.orig`, `${basename(path)}.${process.pid}.new`];
	try {
		const owner = await readOwner(place(name), path, old);
		// Never over another one: it may be the only copy of something.
		await create(place(kept), old, owner);
		try {
			await create(place(next), data, owner);
			await moveOver(place(next), place(name));
		} catch (error) {
			await rm(place(kept), {force: true});
			throw error;
		}
		return `${path}.orig`;
	} finally {
		closeSync(directory);
	}
}

async function moveOver(place: string, old: string): Promise<void> {
	try {
		await rename(place, old);
	} catch (error) {
		await rm(place, {force: true});
		throw error;
	}
}

interface Owner {
	readonly uid: number;
	readonly gid: number;
	readonly mode: number;
}

async function readOwner(place: string, path: string, old: string): Promise<Owner> {
	const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
	try {
		const {uid, gid, mode, size} = await file.stat();
		const bytes = Buffer.from(old);
		if (size !== bytes.length || !(await file.readFile()).equals(bytes)) {
			throw new ShellError('refused', `'${path}' has changed since it was read`, {hint: 'Look at it again, then try again.'});
		}
		return {uid, gid, mode: mode & 0o777};
	} finally {
		await file.close();
	}
}

async function create(place: string, text: string, {uid, gid, mode}: Owner): Promise<void> {
	const file = await open(place, 'wx', 0o600);
	try {
		await file.writeFile(text);
		await file.chown(uid, gid);
		await file.chmod(mode);
		await file.sync();
	} catch (error) {
		await rm(place, {force: true});
		throw error;
	} finally {
		await file.close();
	}
}
