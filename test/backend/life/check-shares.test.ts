import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, copyFileSync, mkdirSync, mkdtempSync, openSync, realpathSync, renameSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {checkShares} from '../../../src/backend/life/check-shares.ts';
import {randomUuid} from '../../../src/backend/host/random.ts';

test('a machine whose QEMU has opened another directory than it was told to share is refused', async (t) => {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'shares-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const [right, led, other] = ['right', 'led', 'other'].map((name) => join(directory, name)) as [string, string, string];
	for (const path of [right, led, other]) mkdirSync(path);
	renameSync(led, `${led}-saved`);
	symlinkSync('other', led);
	const [program, uuid] = [join(directory, 'qemu-of-a-test'), randomUuid()];
	copyFileSync('/bin/sh', program);
	const opened = [openSync(right, 'r'), openSync(led, 'r')];
	const child = spawn(program, ['-c', 'echo; read line', 'sh', '-uuid', uuid], {stdio: ['pipe', 'pipe', 'ignore', ...opened]});
	t.teardown(() => child.kill('SIGKILL'));
	for (const descriptor of opened) closeSync(descriptor);
	if (child.stdout === null) throw new Error('it has no output');
	await once(child.stdout, 'data');
	const check =
		(...sources: readonly string[]) =>
		() => {
			const exports = sources.map((source) => ({tag: '', path: '', source, readonly: true, cause: {kind: 'option', text: ''} as const}));
			checkShares({exports}, {uuid, uri: 'qemu:///session'});
		};
	t.notThrows(check(right, other, 'temporary:0'));
	t.throws(check(right, led), {message: `The way to ${led} changed while the machine started`});
	t.notThrows(() => checkShares({exports: []}, {uuid, uri: 'qemu:///session'}));
});
