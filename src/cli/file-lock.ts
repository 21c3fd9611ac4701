import {mkdir, open, rm, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';

const stepMs = 10;
/** Nobody works so long under a lock, in milliseconds: who left it was killed. */
const staleMs = 5000;

/** Works on a file while no other process of ours does. Where no lock can be made, the work itself says what is wrong there. */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
	const lock = `${path}.lock`;
	while (!(await take(lock))) {
		const {mtimeMs} = await stat(lock).catch(() => ({mtimeMs: Date.now()}));
		if (Date.now() - mtimeMs > staleMs) {
			await rm(lock, {force: true});
		} else {
			await wait(stepMs);
		}
	}
	try {
		return await work();
	} finally {
		await rm(lock, {force: true}).catch(() => undefined);
	}
}

/** False: another process has it. */
async function take(lock: string): Promise<boolean> {
	try {
		await mkdir(dirname(lock), {recursive: true, mode: 0o700});
		await (await open(lock, 'wx', 0o600)).close();
		return true;
	} catch (error) {
		return !(error instanceof Error && 'code' in error && error.code === 'EEXIST');
	}
}
