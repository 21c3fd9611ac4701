// Values of variables that are nobody else's business: how they get to a command, and where they are not to be seen.
import {execFileSync} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {closeSync, constants, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {waitUntil} from '../helpers/kept.ts';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {testMachineUri, testWithMachines} from '../helpers/machine.ts';
import {programPath, runProgram, startProgram} from '../helpers/run-program.ts';

const program = programPath('virt-sandbox');
const shell = programPath('virt-sandbox-shell');

/** How a sandbox of a backend is asked for. */
interface Backend {
	readonly uri: string;
	readonly words: readonly string[];
}

function testEach(title: string, body: (t: ExecutionContext, backend: Backend) => Promise<void>): void {
	testWithLibvirtd(title, (t) => body(t, {uri: testLibvirtd().uri, words: ['-c', testLibvirtd().uri]}));
	testWithMachines(`${title}, in a machine too`, (t) => body(t, {uri: testMachineUri(), words: ['-c', testMachineUri(), '--accel', 'tcg']}));
}

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'secrets-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

/** Files below a directory that hold a text. */
function filesWith(directory: string, text: string): string[] {
	try {
		return readdirSync(directory, {recursive: true, withFileTypes: true})
			.filter((entry) => entry.isFile())
			.map((entry) => join(entry.parentPath, entry.name))
			.filter((path) => readFileSync(path).includes(text));
	} catch {
		// It went meanwhile, or is not there.
		return [];
	}
}

/** What others than the owner may do with a file. */
function openToOthers(path: string): number {
	return statSync(path).mode & 0o077;
}

function commandLinesWith(text: string): string[] {
	return readdirSync('/proc')
		.filter((name) => /^\d+$/.test(name))
		.map((pid) => {
			try {
				return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
			} catch {
				return '';
			}
		})
		.filter((words) => words.includes(text));
}

testEach('values of --env NAME and --env-file reach the command and further ones, and are seen nowhere else', async (t, {uri, words}) => {
	const directory = makeDirectory(t);
	const secret = `canary-${randomBytes(12).toString('hex')}`;
	const environment = {...process.env, TOKEN: `${secret}-1`, XDG_STATE_HOME: directory, XDG_CONFIG_HOME: directory};
	const file = join(directory, 'variables');
	writeFileSync(file, `# of the test\nFILED=${secret}-2\nTOKEN\nPLAIN=1\n`, {mode: 0o600});
	const ask = ['--env', 'TOKEN', '--env-file', file, '--env', 'PLAIN=2'];
	const name = `secrets-${process.pid}-${uri.startsWith('qemu') ? 'machine' : 'container'}`;
	const kept = await runProgram(program, [...words, '--keep', '-n', name, '-d', '--print-xml', ...ask, 'sleep', '600'], {environment});
	t.is(kept.status, 0, kept.stderr);
	t.teardown(() => runProgram(shell, ['-q', '-c', uri, `destroy ${name}`]));
	rmSync(file);

	const show = ['sh', '-c', 'echo $TOKEN $FILED $PLAIN'];
	t.deepEqual(await runProgram(program, ['--exec', name, ...show]), {status: 0, stdout: `${secret}-1 ${secret}-2 2\n`, stderr: ''});

	const dry = await runProgram(program, [...words, '--dry-run', '-d', '--env', 'TOKEN', 'true'], {environment});
	const looks = await runProgram(shell, ['-c', uri, `xml ${name} --running; info ${name}; list --all`], {environment});
	const session = await runProgram(shell, ['-c', uri, '--output', 'json', 'new x -- true; env TOKEN; env; show; xml; profile save x; history'], {
		environment,
	});
	const dumped = execFileSync('virsh', ['-c', uri, 'dumpxml', name], {encoding: 'utf8'});
	t.is(dry.status, 0);
	t.regex(session.stdout, /TOKEN/);
	t.regex(dumped, /<sandbox:spec>[^<]*TOKEN/);
	for (const {stdout, stderr} of [kept, dry, looks, session, {stdout: dumped, stderr: ''}]) {
		t.false(stdout.includes(secret));
		t.false(stderr.includes(secret));
	}
	t.deepEqual(commandLinesWith(secret), []);
	t.deepEqual(filesWith(directory, secret), []);
	for (const place of ['/var/log/libvirt', '/run/libvirt', '/etc/libvirt', '/var/lib/libvirt']) t.deepEqual(filesWith(place, secret), []);
	const holding = filesWith('/run/virt-sandbox', secret);
	// A machine's initramfs is removed once it has booted. A container has it in its command's program, and in what another keeper would need.
	t.deepEqual(holding.map((path) => basename(path)).toSorted(), uri.startsWith('qemu') ? [] : ['0.run', 'basis']);
	for (const path of holding) t.is(openToOthers(path), 0);
});

testWithLibvirtd('a variable that the caller has not is a fault, of a start and of --exec', async (t) => {
	const {uri} = testLibvirtd();
	const {status, stderr} = await runProgram(program, ['-c', uri, '--env', 'NO_SUCH_VARIABLE', 'true']);
	t.deepEqual(
		{status, stderr},
		{
			status: 125,
			stderr:
				"virt-sandbox: The environment variable 'NO_SUCH_VARIABLE', whose value the command is to have, is not set\n" +
				'  hint: Export it first, or write NO_SUCH_VARIABLE=VALUE.\n',
		},
	);
});

testWithLibvirtd('the program that runs virt-sandbox takes nothing from --env-file for itself', async (t) => {
	const directory = makeDirectory(t);
	const file = join(directory, 'variables');
	writeFileSync(file, 'NODE_OPTIONS=--no-such-option\nNODE_DEBUG=http\n');
	const words = ['-c', testLibvirtd().uri];
	const script = 'echo $NODE_OPTIONS';
	t.deepEqual(await runProgram(program, [...words, '--env-file', file, 'sh', '-c', script]), {status: 0, stdout: '--no-such-option\n', stderr: ''});
	// A word of the command is no option of ours, nor of what runs us.
	t.deepEqual(await runProgram(program, [...words, 'echo', '--env-file', '/no/such/file']), {status: 0, stdout: '--env-file /no/such/file\n', stderr: ''});
});

testWithLibvirtd('a pipe is read as --env-file, and one that never ends ends with TERM', async (t) => {
	const words = ['-c', testLibvirtd().uri];
	const viaPipe = `printf 'A=from the pipe' | "$0" "$@" --env-file /dev/fd/0 -- sh -c 'echo "$A"'`;
	t.deepEqual(await runProgram('bash', ['-c', viaPipe, program, ...words]), {status: 0, stdout: 'from the pipe\n', stderr: ''});
	const fifo = join(makeDirectory(t), 'fifo');
	execFileSync('mkfifo', [fifo]);
	const writer = openSync(fifo, constants.O_RDWR);
	t.teardown(() => closeSync(writer));
	const {child, ended} = startProgram(program, [...words, '--env-file', fifo, '--', 'true']);
	const isReading = (): boolean => readdirSync(`/proc/${child.pid}/fd`).some((fd) => linkOf(`/proc/${child.pid}/fd/${fd}`) === fifo);
	await waitUntil(isReading, 'it reads the pipe');
	child.kill('SIGTERM');
	t.is((await ended).status, 143);
});

function linkOf(path: string): string {
	try {
		return readlinkSync(path);
	} catch {
		return '';
	}
}
