import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {HostTree} from '../../../../src/backend/machine/root/host-tree.ts';
import {treeProgram} from '../../../../src/backend/machine/root/tree-program.ts';

const cause = {kind: 'backend', text: 'a test'} as const;
// Only root makes mounts, by machine code of this architecture.
const testAsRoot = process.getuid?.() === 0 && process.arch === 'x64' ? test : test.skip;

interface Made {
	readonly program: string;
	readonly at: string;
	readonly host: string;
}

/** The program on a tree of a host's directory, with what it becomes. */
function makeProgram(t: ExecutionContext, treeOf: (host: string) => HostTree, words: readonly string[]): Made {
	const directory = mkdtempSync(join(tmpdir(), 'tree-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const [program, at, host] = [join(directory, 'program'), join(directory, 'at'), join(directory, 'host')];
	for (const path of [at, host, join(host, 'a'), join(host, 'a/hidden'), join(host, 'b')]) mkdirSync(path);
	writeFileSync(join(host, 'a/hidden/secret'), 'a secret');
	writeFileSync(join(host, 'file'), 'one');
	writeFileSync(program, treeProgram({at, tree: treeOf(host), sourceOf: (source) => source, words: words.map((word) => word.replaceAll('AT', at))}), {
		mode: 0o700,
	});
	return {program, at, host};
}

const entries: HostTree['entries'] = [
	{kind: 'directory', path: 'root'},
	{kind: 'directory', path: 'root/a'},
	{kind: 'directory', path: 'root/b', mode: 0o700},
	{kind: 'file', path: 'root/file'},
	{kind: 'symlink', path: 'root/link', to: 'a'},
	{kind: 'directory', path: 'nothing'},
	{kind: 'file', path: 'nothing/file'},
	{kind: 'directory', path: 'nothing/directory'},
];

function treeOf(host: string): HostTree {
	return {
		entries,
		mounts: [
			{kind: 'bind', path: 'root/a', source: join(host, 'a'), readonly: true, isAsked: true, cause},
			{kind: 'bind', path: 'root/b', source: join(host, 'b'), readonly: false, isAsked: true, cause},
			{kind: 'bind', path: 'root/file', source: join(host, 'file'), readonly: false, isAsked: true, cause},
			{kind: 'cover', path: 'root/a/hidden', of: 'directory'},
			{kind: 'cover', path: 'root/a/not-there', of: 'directory', ifThere: true},
		],
	};
}

function run({program}: Made): {readonly status: number | null; readonly stdout: string; readonly told: number} {
	const {status, output} = spawnSync(program, [], {stdio: ['ignore', 'pipe', 'pipe', 'pipe'], timeout: 10_000});
	return {status, stdout: String(output[1]), told: String(output[3]).length};
}

testAsRoot('a program sees the tree it was given, which nobody else sees, and may write to what is writable alone', (t) => {
	const script = `
		cd AT
		find . | sort
		cat root/link/hidden/secret; echo new >root/a/x; echo new >root/x; echo new >nothing/file
		echo new >root/b/x; echo new >root/file
		mknod root/b/null c 1 3; cat root/b/null
		grep -c " AT" /proc/self/mountinfo`;
	const made = makeProgram(t, treeOf, ['/bin/sh', '-c', script]);
	const {status, stdout, told} = run(made);
	t.deepEqual(stdout.trim().split('\n'), [
		'.',
		'./nothing',
		'./nothing/directory',
		'./nothing/file',
		'./root',
		'./root/a',
		'./root/a/hidden',
		'./root/b',
		'./root/file',
		'./root/link',
		'5',
	]);
	t.deepEqual([status, told], [0, 7]);
	t.deepEqual(readdirSync(made.at), []);
	t.deepEqual(readdirSync(join(made.host, 'a')), ['hidden']);
	t.deepEqual([readFileSync(join(made.host, 'b/x'), 'utf8'), readFileSync(join(made.host, 'file'), 'utf8')], ['new\n', 'new\n']);
});

testAsRoot('no link of the host leads a mount elsewhere, and the steps tell which mount it was', (t) => {
	const made = makeProgram(t, treeOf, ['/bin/true']);
	rmSync(join(made.host, 'a/hidden'), {recursive: true});
	symlinkSync(made.at, join(made.host, 'a/hidden'));
	t.deepEqual(run(made), {status: 125, stdout: '', told: 5});
});

testAsRoot('a cover whose place has gone is left out where that may be', (t) => {
	const lines = [undefined, true].map((mayBeGone) => {
		const cover = {kind: 'cover', path: 'root/a/gone/stick', of: 'directory', ...(mayBeGone && {mayBeGone})} as const;
		const made = makeProgram(t, (host) => ({entries, mounts: [...treeOf(host).mounts, cover]}), ['/bin/ls', 'AT/root/a']);
		const {status, stdout} = run(made);
		return `${status} ${stdout}`;
	});
	t.deepEqual(lines, ['125 ', '0 hidden\n']);
});

testAsRoot('what the program becomes ends when nobody holds its line any more, and never begins without one', async (t) => {
	const made = makeProgram(t, treeOf, ['/bin/sleep', '100']);
	const child = spawn(made.program, [], {stdio: ['ignore', 'ignore', 'ignore', 'pipe']});
	const exited = once(child, 'exit');
	t.teardown(() => child.kill('SIGKILL'));
	const life = child.stdio[3];
	if (!(life instanceof Socket)) throw new Error('There is no line');
	let told = 0;
	for await (const bytes of life) {
		told += (bytes as Buffer).length;
		if (told === 7) break;
	}
	life.destroy();
	t.deepEqual(await exited, [null, 'SIGKILL']);
	const marked = makeProgram(t, treeOf, ['/bin/sh', '-c', 'echo begun >AT/root/b/begun']);
	spawnSync('/bin/sh', ['-c', 'exec "$0" 3>&-', marked.program], {timeout: 10_000});
	t.false(existsSync(join(marked.host, 'b/begun')));
});

testAsRoot('what else its starter has open is nothing of what the program becomes', (t) => {
	const {program} = makeProgram(t, treeOf, ['/bin/ls', '/proc/self/fd']);
	const {output} = spawnSync('/bin/sh', ['-c', 'exec "$0" 4</ 9</', program], {stdio: ['ignore', 'pipe', 'pipe', 'pipe'], timeout: 10_000});
	// The last is of ls itself.
	t.is(String(output[1]), '0\n1\n2\n3\n4\n');
});
