import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {rmSync} from 'node:fs';
import {createInterface} from 'node:readline';
import type {ExecutionContext} from 'ava';

/** A program that serves what it has mounted. */
export interface FileSystemServer {
	/** The next line that it says; undefined: it has ended. */
	says(): Promise<string | undefined>;
	end(): Promise<void>;
}

/** Runs a server in Perl, which mounts a file system at a path, its first word. At the test's end neither is there. */
export function startFileSystemServer(t: ExecutionContext, program: string, [path, ...words]: readonly [path: string, ...words: string[]]): FileSystemServer {
	const child = spawn('perl', ['-e', program, path, ...words], {stdio: ['ignore', 'pipe', 'inherit']});
	const ended = once(child, 'exit');
	const end = async (): Promise<void> => {
		child.kill('SIGKILL');
		await ended;
	};
	t.teardown(async () => {
		await end();
		await once(spawn('umount', ['-l', path]), 'exit');
		rmSync(path, {recursive: true});
	});
	const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
	return {
		async says() {
			const {value} = (await lines.next()) as {readonly value: string | undefined};
			return value;
		},
		end,
	};
}
