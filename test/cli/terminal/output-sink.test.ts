import {execFileSync} from 'node:child_process';
import {closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {tmpdir} from 'node:os';
import test from 'ava';
import {openOutputSink} from '../../../src/cli/terminal/output-sink.ts';

function makeDirectory(): string {
	return mkdtempSync(join(tmpdir(), 'virt-sandbox-sink-'));
}

test('a file is written at once', (t) => {
	const directory = makeDirectory();
	t.teardown(() => rmSync(directory, {recursive: true}));
	const descriptor = openSync(join(directory, 'file'), 'w');
	t.is(openOutputSink(descriptor).write(Buffer.from('abc')), undefined);
	closeSync(descriptor);
	t.is(readFileSync(join(directory, 'file'), 'utf8'), 'abc');
});

test('a full device fails with its reason', (t) => {
	const descriptor = openSync('/dev/full', 'w');
	t.teardown(() => closeSync(descriptor));
	t.throws(() => openOutputSink(descriptor).write(Buffer.from('abc')), {code: 'ENOSPC'});
});

test('a full pipe is waited for, and others that share it stay blocking', async (t) => {
	const directory = makeDirectory();
	t.teardown(() => rmSync(directory, {recursive: true}));
	const path = join(directory, 'pipe');
	execFileSync('mkfifo', [path]);
	const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
	const shared = openSync(path, constants.O_WRONLY);
	const chunk = Buffer.alloc(200_000, 'x');
	const written = openOutputSink(shared).write(chunk);
	t.not(written, undefined);
	const flags = /flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${shared}`, 'utf8'))?.[1] ?? '';
	t.is(Number.parseInt(flags, 8) & constants.O_NONBLOCK, 0);
	let count = 0;
	const buffer = Buffer.alloc(65_536);
	while (count < chunk.length) {
		try {
			count += readSync(reader, buffer);
		} catch {
			// Nothing is there yet.
		}
		await new Promise((resolve) => {
			setImmediate(resolve);
		});
	}
	await written;
	t.is(count, chunk.length);
	closeSync(shared);
	closeSync(reader);
});

test('a pipe without a reader fails with EPIPE', async (t) => {
	const directory = makeDirectory();
	t.teardown(() => rmSync(directory, {recursive: true}));
	const path = join(directory, 'pipe');
	execFileSync('mkfifo', [path]);
	const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
	const writer = openSync(path, constants.O_WRONLY);
	t.is(writeSync(writer, 'x'), 1);
	const sink = openOutputSink(writer);
	closeSync(reader);
	await t.throwsAsync(async () => sink.write(Buffer.from('abc')), {code: 'EPIPE'});
	closeSync(writer);
});
