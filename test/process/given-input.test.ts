// A pipe of the caller's own is the command's standard input itself: nothing reads ahead of it, as with programs that fork.
import type {ExecutionContext} from 'ava';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

async function bash(t: ExecutionContext, script: string): Promise<{readonly status: number; readonly stdout: string; readonly stderr: string}> {
	t.timeout(60_000);
	const environment = {...process.env, sandbox: programPath('virt-sandbox'), uri: testLibvirtd().uri};
	return runProgram('bash', ['-c', `run() { "$sandbox" -c "$uri" "$@"; }; ${script}`], {environment});
}

for (const [what, command, left] of [
	['nothing', 'true', '2\n3\n'],
	['a line', "sh -c 'read line; echo got $line'", 'got 2\n3\n'],
	['all', 'cat', '2\n3\n'],
] as const) {
	testWithLibvirtd(`what a command that reads ${what} leaves in a pipe is for the next`, async (t) => {
		t.deepEqual(await bash(t, `printf '1\\n2\\n3\\n' | { read -r first; run -- ${command}; cat; }`), {status: 0, stdout: left, stderr: ''});
	});
}

testWithLibvirtd('a pipe is whole, ends, and is opened anew', async (t) => {
	const script = 'seq 100000 | run -- sh -c "head -n 1 >/dev/null; tail -n 1 /dev/stdin"; yes | run -- head -n 1; : | run -- wc -c';
	t.deepEqual(await bash(t, script), {status: 0, stdout: '100000\ny\n0\n', stderr: ''});
});

testWithLibvirtd('a pipe of another user’s, a FIFO with a name, a file and mapped ids are passed on as before', async (t) => {
	const script = `
		echo pipe | run -S nobody -- cat /dev/stdin
		echo mapped | run --idmap 100000:65536 -- cat
		place=$(mktemp -d); mkfifo "$place/fifo"; echo fifo >"$place/fifo" & run -- cat <"$place/fifo"
		echo file >"$place/file"; run -- cat <"$place/file"; rm -r "$place"`;
	t.deepEqual(await bash(t, script), {status: 0, stdout: 'pipe\nmapped\nfifo\nfile\n', stderr: ''});
});
