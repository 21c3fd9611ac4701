import {once} from 'node:events';
import {mkdtempSync, readdirSync, rmSync, watch, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {text} from 'node:stream/consumers';
import test, {type ExecutionContext} from 'ava';
import {writeCallProgram} from '../../../../src/backend/guest/program/call-program.ts';
import {callsOf, die} from '../../../../src/backend/guest/program/usual-calls.ts';
import {findProgramArchitecture} from '../../../../src/backend/guest/program/program-file.ts';
import {runOnce} from '../../../../src/backend/guest/program/run-once.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'run-once-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	return directory;
}

test('a program that is run once says what it has to, and leaves no file', async (t) => {
	const directory = makeDirectory(t);
	const architecture = findProgramArchitecture(process.arch) ?? 'x64';
	const program = writeCallProgram(die(callsOf(architecture), 'here', 7), [], architecture);
	const child = runOnce(join(directory, 'program'), program, 'saying');
	t.deepEqual(readdirSync(directory), []);
	// Nothing else keeps this process going until it has ended.
	child.ref();
	const ended = once(child, 'exit');
	t.is(await text(child.stdio[2] as Readable), 'virt-sandbox: here\n');
	t.deepEqual(await ended, [7, null]);
});

test('a program that is run once has no name that anybody could give another one', async (t) => {
	const directory = makeDirectory(t);
	const names: unknown[] = [];
	const watcher = watch(directory, (_event, name) => names.push(name));
	const architecture = findProgramArchitecture(process.arch) ?? 'x64';
	const child = runOnce(join(directory, 'program'), writeCallProgram(die(callsOf(architecture), 'here', 7), [], architecture), 'saying');
	child.ref();
	t.deepEqual(await once(child, 'exit'), [7, null]);
	writeFileSync(join(directory, 'last'), '');
	while (!names.includes('last')) await once(watcher, 'change');
	watcher.close();
	// The kernel tells of a file without a name by its number.
	t.deepEqual([...new Set(names.filter((name) => !/^#\d+$/.test(String(name))))], ['last']);
});

test('a program that cannot be run leaves none either', async (t) => {
	const directory = makeDirectory(t);
	const child = runOnce(join(directory, 'program'), Buffer.from('#!/nowhere\n'), 'saying');
	t.deepEqual(readdirSync(directory), []);
	child.ref();
	await t.throwsAsync(once(child, 'exit'), {code: 'ENOENT'});
});
