import {once} from 'node:events';
import {mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {writeCallProgram} from '../../../src/backend/guest/program/call-program.ts';
import {callsOf, die} from '../../../src/backend/guest/program/usual-calls.ts';
import {findProgramArchitecture} from '../../../src/backend/guest/program/program-file.ts';
import {runOnce} from '../../../src/backend/life/run-once.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'run-once-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	return directory;
}

test('a program that is run once leaves what it says, and no file of its own', async (t) => {
	const directory = makeDirectory(t);
	const architecture = findProgramArchitecture(process.arch) ?? 'x64';
	const program = writeCallProgram(die(callsOf(architecture), 'here', 7), [], architecture);
	const child = runOnce(join(directory, 'program'), program, {log: join(directory, 'log')});
	t.deepEqual(readdirSync(directory), ['log']);
	t.deepEqual(await once(child, 'exit'), [7, null]);
	t.is(readFileSync(join(directory, 'log'), 'utf8'), 'virt-sandbox: here\n');
});

test('a program that cannot be run leaves no file of its own either', async (t) => {
	const directory = makeDirectory(t);
	const child = runOnce(join(directory, 'program'), Buffer.from('#!/nowhere\n'), {log: join(directory, 'log')});
	t.deepEqual(readdirSync(directory), ['log']);
	await t.throwsAsync(once(child, 'exit'), {code: 'ENOENT'});
});
