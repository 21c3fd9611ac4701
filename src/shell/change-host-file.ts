import {chmod, chown, copyFile, constants, open, realpath, rename, rm, stat} from 'node:fs/promises';

/** Puts another text into a file, which stays its owner's; gives the name that the old one has from now on. Rejects with the system's error. */
export async function changeHostFile(named: string, data: string): Promise<string> {
	const path = await realpath(named);
	const {mode, uid, gid} = await stat(path);
	const [kept, next] = [`${path}.orig`, `${path}.${process.pid}.new`];
	const file = await open(next, 'wx', 0o600);
	try {
		await file.writeFile(data);
		await file.sync();
		await file.close();
		await chown(next, uid, gid);
		await chmod(next, mode & 0o7777);
		// Never over another one: it may be the only copy of something.
		await copyFile(path, kept, constants.COPYFILE_EXCL);
		await chown(kept, uid, gid);
		await chmod(kept, mode & 0o7777);
		await rename(next, path);
		return kept;
	} catch (error) {
		await file.close().catch(() => undefined);
		await rm(next, {force: true});
		throw error;
	}
}
