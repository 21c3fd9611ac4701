// Raw images that several have at once.
import {execFileSync} from 'node:child_process';
import {chmodSync, linkSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync, closeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {programPath, runProgram, startProgram} from '../helpers/run-program.ts';

const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`;

function makeImage(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'loops-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	chmodSync(directory, 0o755);
	const image = join(directory, 'image');
	execFileSync('mkfs.ext4', ['-q', '-O', '^metadata_csum', image, '4M'], {env: {...process.env, PATH}});
	return image;
}

/** A command in a container that has an image. */
function wordsFor(image: string, script: string): string[] {
	return ['-c', testLibvirtd().uri, '-p', '-m', `host-image:/image=${image}`, '--', 'sh', '-c', script];
}

test('an image that somebody has by a loop device is not mounted once more, one after the other is fine', async (t) => {
	const image = makeImage(t);
	const {child, says, ended} = startProgram(programPath('virt-sandbox'), wordsFor(image, 'echo one >/image/file; echo begun; read line'));
	await says('begun');
	const second = await runProgram(programPath('virt-sandbox'), wordsFor(image, 'cat /image/file'));
	t.is(second.status, 125);
	t.true(second.stderr.startsWith(`virt-sandbox: The image ${image} is in use: this host has it as /dev/loop`), second.stderr);
	child.stdin.end('on\n');
	t.is((await ended).status, 0);
	t.deepEqual(await runProgram(programPath('virt-sandbox'), wordsFor(image, 'cat /image/file')), {status: 0, stdout: 'one\n', stderr: ''});
});

test('several containers mount an image read-only at once', async (t) => {
	const image = `${makeImage(t)},ro`;
	const {child, says, ended} = startProgram(programPath('virt-sandbox'), wordsFor(image, 'echo begun; read line'));
	await says('begun');
	t.is((await runProgram(programPath('virt-sandbox'), wordsFor(image, 'ls /image'))).status, 0);
	child.stdin.end('on\n');
	t.is((await ended).status, 0);
});

test('an image that a container would have twice is refused before anything is written to it; read-only it may have it so', async (t) => {
	const image = makeImage(t);
	const link = `${image}-link`;
	linkSync(image, link);
	// At a mount, the kernel would write (the feature needs_recovery).
	const file = openSync(image, 'r+');
	writeSync(file, Buffer.from([(readFileSync(image)[0x460] ?? 0) | 4]), 0, 1, 0x460);
	closeSync(file);
	const before = readFileSync(image);
	for (const words of [
		['-m', `host-image:/b=${image}`],
		['-m', `host-image:/b=${link},ro`],
		['--disk', `file:d=${link}`],
	]) {
		const {status, stderr} = await runProgram(programPath('virt-sandbox'), [...words, ...wordsFor(image, 'true')]);
		t.regex(stderr, /^virt-sandbox: The image \S+ is given twice/);
		t.is(status, 125);
		t.true(readFileSync(image).equals(before));
	}
	const both = ['-m', `host-image:/b=${link},ro`, ...wordsFor(`${image},ro`, 'ls /image /b')];
	t.like(await runProgram(programPath('virt-sandbox'), both), {status: 0});
});
