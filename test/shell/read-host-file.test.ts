import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {systemReason} from '../../src/core/system-reason.ts';
import {readHostFile} from '../../src/shell/read-host-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'read-host-file-'));
test.after.always(() => rmSync(directory, {recursive: true, force: true}));

const reason = async (path: string): Promise<string> => readHostFile(path).then((data) => `${data.length} bytes`, systemReason);

test('reads a file to its end', async (t) => {
	const path = join(directory, 'file');
	const data = Buffer.alloc(200_000, 'text ');
	writeFileSync(path, data);
	t.true(data.equals(await readHostFile(path)));
});

test('reads a FIFO to its end once somebody writes', async (t) => {
	const path = join(directory, 'fifo');
	execFileSync('mkfifo', [path]);
	const writer = spawn('sh', ['-c', 'exec 3<>"$1"; echo open; seq 1 20000 >&3; read line', 'sh', path], {stdio: ['pipe', 'pipe', 'inherit']});
	await new Promise((resolve) => writer.stdout.once('data', resolve));
	const reading = readHostFile(path);
	writer.stdin.end('end\n');
	t.is(
		Buffer.from(await reading)
			.toString()
			.split('\n').length,
		20_001,
	);
});

test('does not wait for a FIFO that nobody writes to', async (t) => {
	const path = join(directory, 'idle');
	execFileSync('mkfifo', [path]);
	t.is(await reason(path), 'nobody writes to this FIFO');
});

test('gives up what has no end', async (t) => {
	t.is(await reason('/dev/zero'), 'it is larger than 16 MiB');
});

test('tells what the system says', async (t) => {
	t.is(await reason(join(directory, 'missing')), 'no such file or directory');
	t.is(await reason(directory), 'illegal operation on a directory');
	t.is(await reason('/dev/null'), '0 bytes');
});
