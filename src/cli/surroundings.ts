import {readFileSync, readlinkSync} from 'node:fs';
import {wordFromBytes} from '../core/bytes.ts';
import type {Caller} from '../backend/host/caller.ts';
import {ifThere} from '../backend/host/files/if-there.ts';
import {readProcessBounds} from '../backend/host/process-bounds.ts';
import {programWords} from './own-task.ts';

/** Node has this in the place of each byte that is no UTF-8. */
const replaced = '\u{fffd}';

/** The present directory, as a word; one that was deleted is no reason to fail. */
export function currentDirectory(): string {
	try {
		const directory = process.cwd();
		return directory.includes(replaced) ? wordFromBytes(readlinkSync('/proc/self/cwd', 'buffer')) : directory;
	} catch {
		return '/';
	}
}

/** The environment of this process, its values as words. */
function ownEnvironment(): Readonly<Record<string, string | undefined>> {
	const names = Object.keys(process.env).filter((name) => process.env[name]?.includes(replaced) === true);
	if (names.length === 0) return process.env;
	const values = new Map(
		(ifThere(() => readFileSync('/proc/self/environ', 'latin1')) ?? '')
			.split('\0')
			.map((line) => wordFromBytes(Buffer.from(line, 'latin1')))
			.map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
	);
	return {...process.env, ...Object.fromEntries(names.map((name) => [name, values.get(name) ?? process.env[name]]))};
}

/** Whom this process runs for. `umask`: theirs. */
export function makeCaller(umask: number): Caller {
	return {
		uid: process.getuid?.() ?? 0,
		gid: process.getgid?.() ?? 0,
		groups: process.getgroups?.() ?? [],
		cwd: currentDirectory(),
		environment: ownEnvironment(),
		pid: process.pid,
		bounds: readProcessBounds(umask, process.env),
		program: programWords,
	};
}
