import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {readIncludeFile} from '../../src/cli/read-include-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'includes-'));
test.after.always(() => rmSync(directory, {recursive: true, force: true}));

test('reads a file, and a FIFO once somebody writes', async (t) => {
	writeFileSync(join(directory, 'file'), '/a=/b\n');
	t.is(readIncludeFile(join(directory, 'file')), '/a=/b\n');
	const fifo = join(directory, 'fifo');
	execFileSync('mkfifo', [fifo]);
	const writer = spawn('sh', ['-c', 'exec 3<>"$1"; echo open; sleep 0.2; seq 1 9999 >&3', 'sh', fifo], {stdio: ['ignore', 'pipe', 'inherit']});
	await new Promise((resolve) => writer.stdout.once('data', resolve));
	t.is(readIncludeFile(fifo).split('\n').length, 10_000);
});

test('does not wait for a FIFO that nobody writes to, and gives up what has no end', (t) => {
	const fifo = join(directory, 'idle');
	execFileSync('mkfifo', [fifo]);
	t.throws(() => readIncludeFile(fifo), {message: 'nobody writes to this FIFO'});
	t.throws(() => readIncludeFile('/dev/zero'), {message: 'it is larger than 1 MiB'});
});
