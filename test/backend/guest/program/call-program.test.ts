import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {callNumbers} from '../../../../src/backend/guest/filter/call-numbers.ts';
import {calls} from '../../../../src/backend/machine/programs/system-calls.ts';
import {cString, writeCallProgram} from '../../../../src/backend/guest/program/call-program.ts';
import type {ProgramArchitecture} from '../../../../src/backend/guest/program/program-file.ts';
import {callsOf, die, lastDescriptor, usualNumbers} from '../../../../src/backend/guest/program/usual-calls.ts';

/** Says `one` after a failure with that errno, nothing after one with another; is a shell with `word`, or ends by its fallback. */
function sayAndBecome(architecture: ProgramArchitecture, shell: string): Buffer {
	const call = callsOf(architecture);
	const say = (text: string, afterErrno?: number) => call('write', [1, Buffer.from(text), text.length], afterErrno === undefined ? {} : {afterErrno});
	const [noEntry, isDirectory] = [2, 21];
	const missing = call('execve', [cString('/nonexistent'), [cString('x')], []]);
	return writeCallProgram(
		[
			missing,
			say('one\n', noEntry),
			missing,
			say('two\n', isDirectory),
			// Two are left out after a failure, none after a success.
			call('close', [lastDescriptor], {skips: 2}),
			say('left out\n'),
			say('left out\n'),
			call('umask', [0o22], {skips: 1}),
			call('execve', [cString(shell), ['sh', '-c', 'echo "$0 $A"; exit 7', 'word'].map(cString), [cString('A=1')]], {required: true}),
			say('not reached\n'),
		],
		die(call, 'fell back', 9),
		architecture,
	);
}

/** How a program of an architecture is run here; undefined: it is not. */
function runner(architecture: ProgramArchitecture): readonly string[] | undefined {
	if (process.arch === architecture) return [];
	return architecture === 'arm64' && spawnSync('qemu-aarch64', ['--version']).status === 0 ? ['qemu-aarch64'] : undefined;
}

function run(t: ExecutionContext, words: readonly string[], program: Buffer) {
	const directory = mkdtempSync(join(tmpdir(), 'program-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const path = join(directory, 'program');
	writeFileSync(path, program, {mode: 0o755});
	const [file = '', ...rest] = [...words, path];
	const {status, stdout, stderr} = spawnSync(file, rest, {encoding: 'utf8', timeout: 30_000});
	return {status, stdout, stderr};
}

for (const architecture of ['x64', 'arm64'] as const) {
	const words = runner(architecture);
	const title = `a program for ${architecture} makes its calls in turn, some after one errno alone, leaves some out after a failure, and falls back where one has to succeed`;
	// Where this processor cannot run it, nor an emulator is there that does.
	(words === undefined ? test.skip : test)(title, (t) => {
		t.deepEqual(run(t, words ?? [], sayAndBecome(architecture, '/bin/sh')), {status: 7, stdout: 'one\nword 1\n', stderr: ''});
		t.deepEqual(run(t, words ?? [], sayAndBecome(architecture, '/nonexistent')), {status: 9, stdout: 'one\n', stderr: 'virt-sandbox: fell back\n'});
	});
}

test('the calls that programs make are those of the tables', (t) => {
	for (const [architecture, numbers] of [
		['x64', usualNumbers.x64],
		['arm64', usualNumbers.arm64],
		['x64', calls],
	] as const) {
		const table = callNumbers(architecture);
		t.deepEqual(numbers, Object.fromEntries(Object.keys(numbers).map((name) => [name, table.get(name)])));
	}
});

test('a program for arm64 has the head and the code of one', (t) => {
	const program = writeCallProgram([], [], 'arm64');
	t.is(program.readUInt16LE(18), 183);
	// movz w19 and movk w19 of where the records are: behind the header and twenty instructions, at 0x4000c8.
	t.deepEqual([program.readUInt32LE(120), program.readUInt32LE(124)], [0x5280_1913, 0x72a0_0813]);
	t.is(program.readUInt32LE(120 + 11 * 4), 0xd400_0001);
});
