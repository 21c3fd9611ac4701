// The place of sandboxes' state has no room, is wiped, or takes no directories.
import {spawnSync} from 'node:child_process';
import {readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {findSandbox} from '../../src/backend/session/find-sandbox.ts';
import {rootCaller} from '../helpers/caller.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testWithMachines, testMachineUri} from '../helpers/machine.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

const [sandbox, shell] = [programPath('virt-sandbox'), programPath('virt-sandbox-shell')];
const hint = '\n  hint: See what fills its file system: df /run/virt-sandbox; df -i /run/virt-sandbox.\n';

/** Runs the program where /run/virt-sandbox is a file system of its own, and gives what is there after that. */
function runWithState(options: string, words: readonly string[]): {status: number | null; stderr: string; left: string} {
	const script = 'mount -t tmpfs -o "mode=711,$0" tmpfs /run/virt-sandbox && { "$@"; status=$?; ls -A /run/virt-sandbox; exit $status; }';
	const {status, stdout, stderr} = spawnSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script, options, sandbox, ...words], {
		encoding: 'utf8',
		timeout: 60_000,
	});
	return {status, stderr, left: stdout};
}

const full = {status: 125, stderr: `virt-sandbox: The sandbox cannot be recorded in /run/virt-sandbox: no space or no inodes are left${hint}`, left: ''};
testWithLibvirtd('a place of state without space or inodes: words of our own, and nothing is left', (t) => {
	const words = ['-c', testLibvirtd().uri];
	for (const options of ['nr_inodes=2', 'nr_inodes=3', 'nr_inodes=8', 'nr_inodes=30', 'size=16k', 'size=200k']) {
		t.deepEqual(runWithState(options, [...words, 'true']), full, options);
		t.deepEqual(runWithState(options, [...words, '--keep', 'true']), full, options);
	}
});

testWithMachines('a place of state without space or inodes, for a machine too', (t) => {
	for (const options of ['nr_inodes=3', 'nr_inodes=8', 'size=16k']) {
		t.deepEqual(runWithState(options, ['-c', testMachineUri(), '--accel', 'tcg', 'true']), full, options);
	}
});

testWithLibvirtd('a sandbox whose state was removed: that is said, and stop ends it', async (t) => {
	const uri = ['-c', testLibvirtd().uri];
	const name = `wiped-${process.pid}`;
	t.like(await runProgram(sandbox, [...uri, '--keep', '-n', name, 'sleep', '600']), {status: 0});
	const {statePath} = findSandbox(name, rootCaller);
	rmSync(join(statePath, 'owner'));
	// What is mounted in it stays, as it would where all of /run is emptied.
	for (const part of readdirSync(statePath)) spawnSync('rm', ['-rf', '--one-file-system', join(statePath, part)]);
	spawnSync('rmdir', [statePath]);
	for (const line of [`log ${name}`, `exec ${name} true`, `consoles ${name}`]) {
		const {status, stderr} = await runProgram(shell, [...uri, line]);
		t.not(status, 0, line);
		t.is(
			stderr,
			`error: The state of sandbox '${name}' is gone: ${statePath} was removed\n  hint: \`stop\` or \`destroy\` ends it; what it said is lost, and no command gets into it any more.\n`,
			line,
		);
	}
	t.like(await runProgram(shell, [...uri, `stop ${name}`]), {status: 0, stderr: ''});
});

testWithLibvirtd('a session below /proc ends with a fault, and does not ask for ever', async (t) => {
	const {status, stderr} = await runProgram(shell, ['--session', 'x', 'new a'], {environment: {...process.env, XDG_STATE_HOME: '/proc/nowhere'}});
	t.not(status, 0);
	t.regex(stderr, /The session 'x' cannot be saved/);
});
