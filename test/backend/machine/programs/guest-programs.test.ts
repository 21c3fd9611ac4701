import {spawnSync} from 'node:child_process';
import {closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {writeCallProgram} from '../../../../src/backend/guest/program/call-program.ts';
import {guestPrograms} from '../../../../src/backend/machine/programs/guest-programs.ts';
import {raiseLoopback} from '../../../../src/backend/machine/boot/loopback.ts';
import {calls} from '../../../../src/backend/machine/programs/system-calls.ts';

// Machine code for this architecture alone.
const canRun = process.arch === 'x64' ? test : test.skip;

function install(t: ExecutionContext, name: string, program = guestPrograms[name]): {readonly directory: string; readonly path: string} {
	const directory = mkdtempSync(join(tmpdir(), 'guest-program-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const path = join(directory, name);
	writeFileSync(path, program ?? '', {mode: 0o755});
	return {directory, path};
}

for (const bytes of [0, 1, 9, 65_536, 1_234_567]) {
	canRun(`a pump copies ${bytes} bytes and counts them`, (t) => {
		const {directory, path} = install(t, 'pump');
		const data = Buffer.alloc(bytes, 'pumped');
		const [output, count] = ['output', 'count'].map((name) => openSync(join(directory, name), 'w'));
		const {status} = spawnSync(path, {input: data, stdio: ['pipe', output ?? 0, 'pipe', count ?? 0], timeout: 30_000});
		for (const file of [output, count]) closeSync(file ?? 0);
		t.is(status, 0);
		t.true(readFileSync(join(directory, 'output')).equals(data));
		t.is(readFileSync(join(directory, 'count'), 'latin1'), `${bytes}\n`);
	});
}

canRun('a pump whose reader has gone counts what was taken', (t) => {
	const {directory, path} = install(t, 'pump');
	const {stdout} = spawnSync('bash', ['-c', `trap '' PIPE; ${path} </dev/zero 3>${directory}/count | head -c 100000 | wc -c`], {
		encoding: 'utf8',
		timeout: 30_000,
	});
	t.is(stdout, '100000\n');
	t.true(Number(readFileSync(join(directory, 'count'), 'latin1')) >= 100_000);
});

// Only root makes a network namespace.
const asRoot = process.arch === 'x64' && process.getuid?.() === 0 ? test : test.skip;

asRoot('the loopback interface of a new network is brought up', (t) => {
	const {path} = install(t, 'loopback', writeCallProgram([...raiseLoopback, {number: calls.exit_group, args: [0]}], []));
	const {stdout} = spawnSync(
		'unshare',
		['--net', 'sh', '-c', `${path} && cat /sys/class/net/lo/operstate; ip -o addr show lo 2>/dev/null || cat /proc/net/fib_trie`],
		{
			encoding: 'utf8',
			timeout: 30_000,
		},
	);
	t.regex(stdout, /127\.0\.0\.1/);
});

canRun('what is no terminal cannot be hung up or unlocked', (t) => {
	for (const name of ['hangup', 'unlock']) t.is(spawnSync(install(t, name).path, {input: '', timeout: 30_000}).status, 1);
});
