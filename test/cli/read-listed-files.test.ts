import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {readListedFiles} from '../../src/cli/read-listed-files.ts';
import {waitUntil} from '../helpers/wait-until.ts';

const directory = mkdtempSync(join(tmpdir(), 'listed-'));
test.after.always(() => rmSync(directory, {recursive: true, force: true}));

function linkOf(descriptor: string): string {
	try {
		return readlinkSync(`/proc/self/fd/${descriptor}`);
	} catch {
		return '';
	}
}

test('reads files by the names given, and a FIFO once somebody writes', async (t) => {
	writeFileSync(join(directory, 'file'), '/a=/b\n');
	execFileSync('mkfifo', [join(directory, 'fifo')]);
	const writer = spawn('sh', ['-c', 'exec 3<>fifo; echo open; read go; seq 1 9999 >&3'], {stdio: ['pipe', 'pipe', 'inherit'], cwd: directory});
	await new Promise((resolve) => writer.stdout.once('data', resolve));
	const reading = readListedFiles(['file', 'fifo', 'fifo'], directory, 0);
	const isOpen = (): boolean => readdirSync('/proc/self/fd').some((name) => linkOf(name) === join(directory, 'fifo'));
	await waitUntil(isOpen, 'the FIFO is open');
	writer.stdin.end('\n');
	const read = await reading;
	t.is(read('file'), '/a=/b\n');
	t.is(read('fifo').split('\n').length, 10_000);
});

test('does not wait for a FIFO that nobody writes to, and gives up what has no end', async (t) => {
	execFileSync('mkfifo', [join(directory, 'idle')]);
	const read = await readListedFiles(['idle', '/dev/zero', 'missing'], directory, 0);
	t.throws(() => read('idle'), {message: 'nobody writes to this FIFO'});
	t.throws(() => read('/dev/zero'), {message: 'it is larger than 1 MiB'});
	t.throws(() => read('missing'), {code: 'ENOENT'});
});
