import {spawn, type ChildProcess, type StdioOptions} from 'node:child_process';
import type {Duplex} from 'node:stream';
import {closeSync, constants, openSync, rmSync, writeFileSync} from 'node:fs';
import {dirname} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {isCode} from '../../../core/is-code.ts';
import {pathOf} from '../../host/files/open-in-place.ts';
import {isOursAlone} from '../../host/files/own-directory.ts';
import {enter} from '../state/tree-entries.ts';

/** O_TMPFILE of Linux, which Node does not name. */
const nameless = 0o20000000 | constants.O_DIRECTORY;

type Ends = {readonly descriptor: number | Duplex; readonly input?: number} | {readonly asked: number | Duplex} | 'saying' | 'told' | 'told and telling';

/**
 * Starts a program that is written for this once: its file has no name, or has gone when this returns, whatever became of it. Its descriptor 3 is one of
 * ours, and its standard input `input`, if any; or descriptor 3 is a socket to us, and it goes on `saying` why it fails; or it is told
 * what to do by its standard input, and may tell by its output how far it is; or, where it is `asked` about its descriptor 3, answers.
 */
export function runOnce(path: string, program: Buffer, ends: Ends): ChildProcess {
	const file = writeNameless(dirname(path), program);
	if (file !== undefined) {
		try {
			return start(pathOf(file), ends);
		} finally {
			closeSync(file);
		}
	}
	try {
		writeFileSync(path, program, {mode: 0o700, flag: 'wx'});
		return start(path, ends);
	} finally {
		rmSync(path, {force: true});
	}
}

/** In a file without a name: a sandbox that may write to the directory cannot exchange it. Undefined: its file system has no such files. */
function writeNameless(directory: string, program: Buffer): number | undefined {
	const place = enter(Buffer.from(directory), isOursAlone);
	if (place === undefined) throw new ShellError('refused', `${directory} is not a directory of yours alone`, {hint: 'Look at what lies there'});
	try {
		const written = openSync(pathOf(place), nameless | constants.O_RDWR | constants.O_EXCL, 0o700);
		try {
			writeFileSync(written, program);
			// What is open for writing is not run.
			return openSync(pathOf(written), constants.O_RDONLY);
		} finally {
			closeSync(written);
		}
	} catch (error) {
		if (isCode(error, 'ENOTSUP') || isCode(error, 'EISDIR') || isCode(error, 'EINVAL')) return undefined;
		throw error;
	} finally {
		closeSync(place);
	}
}

function start(path: string, ends: Ends): ChildProcess {
	// A group of its own: what ^C ends is the guest's command.
	const child = spawn(path, [], {cwd: '/', detached: true, env: {}, stdio: stdioOf(ends)});
	child.unref();
	return child;
}

function stdioOf(ends: Ends): StdioOptions {
	if (ends === 'saying') return ['ignore', 'ignore', 'pipe', 'pipe'];
	if (typeof ends === 'string') return ['pipe', ends === 'told' ? 'ignore' : 'pipe', 'ignore'];
	if ('asked' in ends) return ['pipe', 'pipe', 'ignore', ends.asked];
	return [ends.input ?? 'ignore', 'ignore', 'ignore', ends.descriptor];
}
