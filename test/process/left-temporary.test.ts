// Temporary directories that cannot be removed at the end of their sandbox.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {temporaryBase, writeOwnerRecord} from '../../src/backend/guest/state/state-directory.ts';
import {recordNamespace} from '../../src/backend/host/process-identity.ts';
import {within} from '../../src/core/within.ts';
import {findSandbox} from '../../src/backend/session/find-sandbox.ts';
import {listAllProcesses} from '../helpers/all-processes.ts';
import {rootCaller} from '../helpers/caller.ts';
import {cleanOne} from '../helpers/clean-one.ts';
import {fillDirectory} from '../helpers/fill-directory.ts';
import {testLibvirtd, testWithLibvirtd as test} from '../helpers/libvirtd.ts';
import {lockDirectory} from '../helpers/locked-directory.ts';
import {programPath, runProgram, startProgram} from '../helpers/run-program.ts';
import {waitUntil} from '../helpers/wait-until.ts';

const place = '/var/tmp';
const noDomain = '00112233-4455-6677-8899-aabbccddeeff';

/** The temporary directories that there are. */
function temporaryOnes(): string[] {
	return readdirSync(place).flatMap((name) => (/^virt-sandbox-[0-9a-f]{8}$/.test(name) ? join(place, name) : []));
}

test('the status of a command stands where its temporary directory cannot be removed, which is told, and --clean does it later', async (t) => {
	const script = 'echo begun; read line; exit 3';
	for (const [program, words] of [
		['virt-sandbox', ['-m', 'host-bind:/x=', '--', 'sh', '-c', script]],
		['virt-sandbox-shell', [`new stuck; mount host-bind:/x=; run -- sh -c '${script}'`]],
	] as const) {
		const before = temporaryOnes();
		const {child, says, ended} = startProgram(programPath(program), ['-c', testLibvirtd().uri, ...words]);
		await says('begun');
		const temporary = temporaryOnes().find((each) => !before.includes(each)) ?? '';
		const busy = join(temporary, 'busy');
		mkdirSync(busy);
		execFileSync('mount', ['-t', 'tmpfs', 'none', busy]);
		try {
			child.stdin.end('on\n');
			const {status, stderr} = await ended;
			t.is(status, 3);
			t.true(stderr.includes(`warning: Cannot remove ${temporary}`), stderr);
			t.true(stderr.includes('`virt-sandbox --clean`'), stderr);
			t.true(existsSync(busy));
		} finally {
			execFileSync('umount', [busy]);
		}
		await cleanOne(temporary.slice(-8), testLibvirtd().uri);
		t.false(existsSync(temporary));
	}
});

test('a signal gives up a removal that takes long, and the status of the command stands', async (t) => {
	const before = temporaryOnes();
	const words = ['-c', testLibvirtd().uri, '-m', 'host-bind:/x=', '--', 'sh', '-c', 'echo begun; read line; exit 3'];
	const {child, says, ended} = startProgram(programPath('virt-sandbox'), words);
	await says('begun');
	const temporary = temporaryOnes().find((each) => !before.includes(each)) ?? '';
	const large = join(temporary, 'large');
	execFileSync('sh', ['-c', 'mkdir "$0"; cd "$0"; seq 20000 | xargs mkdir', large]);
	child.stdin.end('on\n');
	await waitUntil(() => readdirSync(large).length < 20_000, 'it is being removed');
	child.kill('SIGTERM');
	const {status, stderr} = await ended;
	t.is(status, 3);
	t.regex(stderr, /warning: The removal of \/var\/tmp\/virt-sandbox-[0-9a-f]{8} was given up \(`virt-sandbox --clean` goes on with it\.\)/);
	await cleanOne(temporary.slice(-8), testLibvirtd().uri);
	t.false(existsSync(temporary));
});

/** Makes what a sandbox leaves whose owner was killed; gives its temporary directory. */
function leave(id: string, name: string): string {
	const [path, temporary] = [join('/run/virt-sandbox', id), temporaryBase(id)];
	for (const each of [path, temporary]) mkdirSync(each, {recursive: true, mode: 0o700});
	const [owner, {uri}] = [{pid: 999_999, startTime: '1'}, testLibvirtd()];
	writeOwnerRecord(path, {owner, namespace: recordNamespace(), uri, name, uuid: noDomain, lifetime: 'client', tty: false, temporary: [temporary]});
	return temporary;
}

/** The processes that remove what is left of a sandbox. */
function removersOf(id: string): number[] {
	return listAllProcesses().flatMap(({pid, words}) => (words.at(-3) === '--remover' && words.at(-2) === id ? [pid] : []));
}

for (const signal of [undefined, 'SIGTERM'] as const) {
	const how = signal === undefined ? 'in the end' : 'by a signal';
	test(`a removal that somebody holds up by a directory is given up ${how}, the command's status stands, and it goes once they let go`, async (t) => {
		const before = temporaryOnes();
		const words = ['-c', testLibvirtd().uri, '-m', 'host-bind:/x=', '--', 'sh', '-c', 'mkdir -p /x/d/e; echo begun; read line; exit 3'];
		const {child, says, ended} = startProgram(programPath('virt-sandbox'), words);
		await says('begun');
		const temporary = temporaryOnes().find((each) => !before.includes(each)) ?? '';
		const id = temporary.slice(-8);
		const letGo = await lockDirectory(t, join(temporary, '0/d'));
		child.stdin.end('on\n');
		if (signal !== undefined) {
			await waitUntil(() => removersOf(id).length === 1, 'it is being removed');
			child.kill(signal);
		}
		t.true(await within(ended, 40_000));
		const {status, stderr} = await ended;
		t.is(status, 3);
		const what = signal === undefined ? `Cannot remove ${temporary}: process \\d+ gets nowhere` : `The removal of ${temporary} was given up`;
		t.regex(stderr, new RegExp(`^virt-sandbox: warning: ${what} .*\`virt-sandbox --clean\``));
		await letGo();
		await waitUntil(() => removersOf(id).length === 0, 'who removed it has ended');
		await cleanOne(id, testLibvirtd().uri);
		t.deepEqual([existsSync(temporary), existsSync(join('/run/virt-sandbox', id))], [false, false]);
	});
}

test('a user as who a container has run a command and who keeps its / locked holds up nobody', async (t) => {
	const words = [
		'-c',
		testLibvirtd().uri,
		'--name',
		'listed',
		'-S',
		'nobody',
		'--',
		'sh',
		'-c',
		'ls -d /usr && ls / >/dev/null && echo begun; read line; exit 3',
	];
	const {child, says, ended} = startProgram(programPath('virt-sandbox'), words);
	await says('/usr');
	await says('begun');
	const {id, statePath} = findSandbox('listed', rootCaller);
	const letGo = await lockDirectory(t, join(statePath, 'root'));
	child.stdin.end('on\n');
	t.true(await within(ended, 40_000));
	const {status, stderr} = await ended;
	t.is(status, 3);
	t.regex(stderr, new RegExp(`^virt-sandbox: warning: Cannot remove ${statePath}: process \\d+ gets nowhere`));
	const run = (more: readonly string[]) => startProgram(programPath('virt-sandbox'), ['-c', testLibvirtd().uri, ...more], {input: ''}).ended;
	const next = run(['--', 'echo', 'on']);
	t.true(await within(next, 30_000), 'a start ends');
	t.like(await next, {status: 0, stdout: 'on\n', stderr: ''});
	await letGo();
	await waitUntil(() => removersOf(id).length === 0, 'who removed it has ended');
	await cleanOne(id, testLibvirtd().uri);
	t.false(existsSync(statePath));
});

test('what somebody holds up whoever removes it holds up no start, and --clean says so', async (t) => {
	const id = '00000e04';
	const temporary = leave(id, 'held');
	mkdirSync(join(temporary, 'd/e'), {recursive: true});
	const letGo = await lockDirectory(t, join(temporary, 'd'));
	const run = (words: readonly string[]) => startProgram(programPath('virt-sandbox'), ['-c', testLibvirtd().uri, ...words], {input: ''}).ended;
	for (let times = 0; times < 3; times++) {
		const ended = run(['--', 'echo', 'on']);
		t.true(await within(ended, 30_000), 'a start ends');
		t.like(await ended, {status: 0, stdout: 'on\n', stderr: ''});
	}
	t.is(removersOf(id).length, 1);
	const cleaned = run(['--clean']);
	t.true(await within(cleaned, 60_000), '--clean ends');
	const {status, stdout, stderr} = await cleaned;
	t.is(status, 125);
	t.true(stdout.split('\n').includes(`failed held (${id})`), stdout);
	t.regex(stderr, new RegExp(`Cannot remove ${temporary}: process ${removersOf(id)[0] ?? 0} has not done so yet`));
	await letGo();
	await run(['--clean']);
	t.deepEqual([existsSync(temporary), existsSync(join('/run/virt-sandbox', id)), removersOf(id)], [false, false, []]);
});

test('--clean leaves a directory that somebody goes on filling, says so, and puts the rest away', async (t) => {
	const {uri} = testLibvirtd();
	const others = ['00000e01', '00000e03'].map((id) => leave(id, 'other'));
	const filled = leave('00000e02', 'filled');
	const clean = () => runProgram(programPath('virt-sandbox'), ['--clean', '-c', uri]);
	// However slow the filling is: it is never empty.
	const busy = join(filled, 'busy');
	mkdirSync(busy);
	execFileSync('mount', ['-t', 'tmpfs', 'none', busy]);
	const end = await fillDirectory(filled);
	try {
		const {status, stdout, stderr} = await clean();
		t.is(status, 125);
		const lines = stdout.split('\n').filter((line) => line.includes('00000e0'));
		// The others may just be put away by another test.
		t.deepEqual(
			lines.filter((line) => !line.startsWith('removed other')),
			['failed filled (00000e02)'],
		);
		t.true(stderr.includes(`what filled left cannot be removed: Cannot remove ${filled}`), stderr);
		t.deepEqual(
			[...others, filled].map((path) => existsSync(path)),
			[false, false, true],
		);
	} finally {
		await end();
		execFileSync('umount', [busy]);
	}
	// A start of another test may put it away as well.
	const {stdout} = await clean();
	t.false(stdout.includes('failed filled'), stdout);
	t.false(existsSync(filled));
});
