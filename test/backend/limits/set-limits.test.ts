import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {findProgramArchitecture} from '../../../src/backend/guest/program/program-file.ts';
import {openFiles, readLimits} from '../../../src/backend/host/process-bounds.ts';
import {boundOpenFiles, setLimits} from '../../../src/backend/limits/set-limits.ts';

const architecture = findProgramArchitecture(process.arch);
const testWithPrograms = architecture === undefined ? test.skip : test;

/** A process that may have so many files open, soft and hard. */
async function startBound(t: ExecutionContext, files: string, ids: {readonly uid?: number; readonly gid?: number} = {}): Promise<number> {
	const child = spawn('sh', ['-c', `${files}; echo; read line`], {stdio: ['pipe', 'pipe', 'inherit'], ...ids});
	t.teardown(() => child.kill('SIGKILL'));
	await once(child.stdout, 'data');
	return child.pid ?? 0;
}

testWithPrograms('what is a network may have so many files open at most, and never more than it might before', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'limits-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const pids = [await startBound(t, 'ulimit -Sn 4200'), await startBound(t, 'ulimit -Sn 100'), await startBound(t, 'ulimit -n 100')];
	await setLimits(
		() => pids.map(boundOpenFiles),
		() => join(directory, 'limits'),
		architecture ?? 'x64',
	);
	t.deepEqual(
		pids.map((pid) => readLimits(pid)[openFiles]),
		[
			[4096, 4096],
			[100, 4096],
			[100, 100],
		],
	);
});

(process.geteuid?.() === 0 ? testWithPrograms : test.skip)('a process of another user is bounded, whatever rights root has here', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'limits-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const pid = await startBound(t, 'ulimit -Sn 4200', {uid: 65_534, gid: 65_534});
	await setLimits(
		() => [boundOpenFiles(pid)],
		() => join(directory, 'limits'),
		architecture ?? 'x64',
	);
	t.deepEqual(readLimits(pid)[openFiles], [4096, 4096]);
});

testWithPrograms('a process that has ended meanwhile fails nothing', async (t) => {
	await t.notThrowsAsync(
		setLimits(
			() => [boundOpenFiles(2 ** 22 + 1)],
			() => '/nowhere/limits',
			architecture ?? 'x64',
		),
	);
});
