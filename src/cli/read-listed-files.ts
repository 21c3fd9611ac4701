import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import {wordFromBytes} from '../core/bytes.ts';
import {parseHostPath} from '../spec/paths.ts';

const most = 1024 * 1024;
const pauseMs = 5;

/**
 * Reads files of lines that options name, of 1 MiB at most each; relative ones start at `directory`. Gives what has their texts by the
 * names given, and throws the error of one that cannot be read, or that may not be asked by `user`. A signal may end the process meanwhile.
 */
export async function readListedFiles(paths: readonly string[], directory: string, user: number): Promise<(path: string) => string> {
	const results = new Map<string, {readonly text: string} | {readonly error: unknown}>();
	const requireAnswer = paths.length === 0 ? undefined : await answering(user);
	for (const path of new Set(paths)) {
		try {
			const place = parseHostPath(path, 'file', directory);
			requireAnswer?.(place);
			results.set(path, {text: await readListedFile(place)});
		} catch (error) {
			results.set(path, {error});
		}
	}
	return (path) => {
		const result = results.get(path);
		if (result === undefined) throw new Error('it was not read');
		if ('error' in result) throw result.error;
		return result.text;
	};
}

/** What throws where a place lies on a file system that may never answer. */
async function answering(user: number): Promise<(place: string) => void> {
	const [{goTo}, {readMountTable}, {mayBeAsked}] = await Promise.all([
		import('../backend/host/files/go-to.ts'),
		import('../backend/host/mounts/mount-table.ts'),
		import('../backend/host/mounts/waiting-mounts.ts'),
	]);
	const mayAsk = mayBeAsked(readMountTable(), user);
	return (place) => void goTo(place, mayAsk);
}

/** Never waits for the writer of a FIFO to come, only for what a writer has to say. */
async function readListedFile(path: string): Promise<string> {
	const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	try {
		const buffer = Buffer.allocUnsafe(most + 1);
		let bytes = 0;
		for (;;) {
			const read = await readSome(descriptor, buffer.subarray(bytes));
			if (read === 0) break;
			bytes += read;
			if (bytes > most) throw new Error('it is larger than 1 MiB');
		}
		if (bytes === 0 && fstatSync(descriptor).isFIFO() && !/^\/(?:dev|proc\/[^/]+)\/fd\//.test(path)) throw new Error('nobody writes to this FIFO');
		return wordFromBytes(buffer.subarray(0, bytes));
	} finally {
		closeSync(descriptor);
	}
}

async function readSome(descriptor: number, buffer: Buffer): Promise<number> {
	for (;;) {
		try {
			return readSync(descriptor, buffer);
		} catch (error) {
			if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
			await wait(pauseMs);
		}
	}
}
