// Standard input that cannot be read on is no end of it: the command would take half of something for all.
import type {ExecutionContext} from 'ava';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {programPath, runProgram, type Ended} from '../helpers/run-program.ts';

const [sandbox, shell] = [programPath('virt-sandbox'), programPath('virt-sandbox-shell')];
const cat = ['sh', '-c', 'cat; echo all of it is here'];

/** A directory, and a file whose first byte cannot be read: the memory of the process that redirects. */
const inputs = {'/usr': 'illegal operation on a directory', '/proc/$$/mem': 'i/o error'};

async function runWith(redirection: string, file: string, words: readonly string[]): Promise<Ended> {
	return runProgram('bash', ['-c', `"$@" ${redirection}`, 'bash', file, ...words]);
}

async function assertFault(t: ExecutionContext, file: string, words: readonly string[]): Promise<void> {
	for (const [path, reason] of Object.entries(inputs)) {
		const {status, stdout, stderr} = await runWith(`< ${path}`, file, words);
		t.deepEqual([status, stdout], [125, ''], path);
		t.true(stderr.includes(`cannot read standard input: ${reason}\n`), stderr);
	}
}

testWithLibvirtd('a sandbox of its own', (t) => assertFault(t, sandbox, ['-c', testLibvirtd().uri, '--', ...cat]));

testWithLibvirtd('the shell’s run', (t) => assertFault(t, shell, ['-c', testLibvirtd().uri, `new unread; set command sh -c '${cat[2] ?? ''}'; run`]));

testWithLibvirtd('a further command, which the sandbox outlives', async (t) => {
	const name = `unread-${process.pid}`;
	await runProgram(sandbox, ['-c', testLibvirtd().uri, '--keep', '-n', name, '--', 'sleep', '600']);
	try {
		await assertFault(t, sandbox, ['--exec', name, '--', ...cat]);
		await assertFault(t, shell, ['exec', name, '--', ...cat]);
		t.like(await runProgram(sandbox, ['--exec', name, '--', 'echo', 'there']), {status: 0, stdout: 'there\n'});
	} finally {
		await runProgram(shell, ['-q', 'destroy', name]);
	}
});

testWithLibvirtd('one that is not open for reading, as of nohup, has nothing in it', async (t) => {
	const {status, stdout} = await runWith('0>/dev/null', sandbox, ['-c', testLibvirtd().uri, '--', ...cat]);
	t.deepEqual([status, stdout], [0, 'all of it is here\n']);
});
