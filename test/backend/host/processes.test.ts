import {spawn} from 'node:child_process';
import {once} from 'node:events';
import test from 'ava';
import {listProcesses, readProcessWords} from '../../../src/backend/host/processes.ts';

test('a process has the words it was started with, also empty ones, until it ends', async (t) => {
	const child = spawn('/bin/sh', ['-c', 'read line', 'name', '', 'two words', ''], {stdio: ['pipe', 'ignore', 'ignore']});
	await once(child, 'spawn');
	const pid = child.pid ?? 0;
	const words = ['/bin/sh', '-c', 'read line', 'name', '', 'two words', ''];
	t.deepEqual(
		listProcesses().filter((each) => each.pid === pid),
		[{pid, words}],
	);
	child.stdin?.end();
	await once(child, 'exit');
	t.deepEqual(readProcessWords(pid), []);
	t.deepEqual(
		listProcesses().filter((each) => each.pid === pid),
		[],
	);
});
