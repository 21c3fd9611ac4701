import {execFileSync, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, constants, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import type {Identity, SessionPlan} from '../../../../src/backend/guest/command-file.ts';
import {commandProgram} from '../../../../src/backend/guest/program/command-program.ts';
import {waitUntil} from '../../../helpers/wait-until.ts';

// It gives up root's rights, by system calls of this architecture.
const canRun = process.arch === 'x64' && process.getuid?.() === 0 ? test : test.skip;

function planOf(words: readonly string[], identity: Identity, environment: Readonly<Record<string, string>>): SessionPlan {
	return {
		number: 0,
		words,
		environment: {PATH: '/nonexistent:/usr/bin:/bin', ...environment},
		directories: ['/'],
		directoryRequired: false,
		isFixed: true,
		identity,
		streamsOwner: identity.uid,
		terminal: undefined,
		isOneOutput: false,
		program: {architecture: 'x64', filter: undefined},
	};
}

/** Runs the program of a command on this host. */
function run(words: readonly string[], identity: Identity, environment: Readonly<Record<string, string>> = {}) {
	const plan = planOf(words, identity, environment);
	const directory = mkdtempSync(join(tmpdir(), 'program-'));
	try {
		const path = join(directory, 'run');
		writeFileSync(path, commandProgram({...plan, directories: [directory]}), {mode: 0o755});
		writeFileSync(join(directory, 'headless'), 'echo "$0 $1"\n', {mode: 0o755});
		const {status, stdout, stderr} = spawnSync(path, {encoding: 'utf8', timeout: 30_000});
		return {status, stdout, stderr};
	} finally {
		rmSync(directory, {recursive: true});
	}
}

const root: Identity = {uid: 0, gid: 0, groups: []};
const nobody: Identity = {uid: 65534, gid: 65533, groups: [1, 2]};
const showRights = ['grep', '-E', '^(Uid|Gid|Groups|Cap|NoNewPrivs|SigIgn)', '/proc/self/status'];

canRun('an ordinary user has no right at all', (t) => {
	t.deepEqual(run(showRights, nobody), {
		status: 0,
		stdout: `Uid:	65534	65534	65534	65534
Gid:	65533	65533	65533	65533
Groups:	1 2 
SigIgn:	0000000000000000
CapInh:	0000000000000000
CapPrm:	0000000000000000
CapEff:	0000000000000000
CapBnd:	0000000000000000
CapAmb:	0000000000000000
NoNewPrivs:	1
`,
		stderr: '',
	});
});

canRun('root has those that reach no host', (t) => {
	const {stdout} = run(showRights, root);
	t.deepEqual(stdout.match(/^(?:Uid|Cap\w+|NoNewPrivs):.*$/gm), [
		'Uid:\t0\t0\t0\t0',
		'CapInh:\t0000000000000000',
		'CapPrm:\t00000000000005fb',
		'CapEff:\t00000000000005fb',
		'CapBnd:\t00000000000005fb',
		'CapAmb:\t0000000000000000',
		'NoNewPrivs:\t1',
	]);
});

canRun('the environment is what was asked for, odd names too, and nothing else', (t) => {
	const {stdout} = run(['/usr/bin/env', '-0'], root, {'odd.name': "it's\n2", IFS: 'x'});
	t.deepEqual(stdout.split('\0'), ['PATH=/nonexistent:/usr/bin:/bin', "odd.name=it's\n2", 'IFS=x', '']);
});

canRun('a file without a head is a script; one that is none ends with 126', (t) => {
	t.deepEqual(run(['./headless', 'a b'], root), {status: 0, stdout: './headless a b\n', stderr: ''});
	t.deepEqual(run(['/etc/passwd'], nobody), {status: 126, stdout: '', stderr: 'virt-sandbox: /etc/passwd: cannot be executed\n'});
	t.deepEqual(run(['./x\u001b\n'], nobody), {status: 126, stdout: '', stderr: 'virt-sandbox: ./x\\x1b\\n: cannot be executed\n'});
});

canRun('a command gets a session of its own', (t) => {
	const {stdout} = run(['sh', '-c', 'read -r _ _ _ _ _ session _ </proc/self/stat; test $session = $$ && echo leads'], root);
	t.is(stdout, 'leads\n');
});

/** The end of a pipe that takes nothing more: who writes to it stays there. */
function fullPipe(path: string): number {
	execFileSync('mkfifo', [path]);
	const filled = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
	const pipe = openSync(path, constants.O_WRONLY);
	try {
		for (;;) writeSync(filled, Buffer.alloc(4096));
	} catch {
		return pipe;
	}
}

canRun('nobody else with its rights looks into it before it is the command', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'program-'));
	const path = join(directory, 'run');
	const full = fullPipe(join(directory, 'pipe'));
	// It has the command's rights and no filter yet when it says that there is no such directory.
	writeFileSync(path, commandProgram({...planOf(['true'], root, {}), directories: ['/nonexistent'], directoryRequired: true, isFixed: false}), {mode: 0o755});
	const held = spawn(path, {stdio: ['ignore', 'ignore', full], env: {WITNESS: 'x'}});
	const hasEnded = once(held, 'close');
	try {
		await waitUntil(() => /^CapEff:\t0*5fb$/m.test(readFileSync(`/proc/${held.pid}/status`, 'utf8')), 'it has the rights of the command');
		const look = (pid: number): unknown => run(['cat', `/proc/${pid}/environ`], root).stderr;
		const other = spawn('setpriv', ['--bounding-set=-all', '--inh-caps=-all', 'sleep', '60'], {
			stdio: 'ignore',
			env: {PATH: '/usr/bin:/bin', WITNESS: 'x'},
		});
		try {
			await waitUntil(() => /^CapEff:\t0*$/m.test(readFileSync(`/proc/${other.pid}/status`, 'utf8')), 'the other has no rights');
			t.deepEqual([look(held.pid ?? 0), look(other.pid ?? 0)], [`cat: /proc/${held.pid}/environ: Permission denied\n`, '']);
		} finally {
			other.kill('SIGKILL');
		}
	} finally {
		held.kill('SIGKILL');
		await hasEnded;
		closeSync(full);
		rmSync(directory, {recursive: true});
	}
});
