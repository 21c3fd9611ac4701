import test from 'ava';
import {runInMemory} from './memory-shell.ts';
import {wrongLines} from './wrong-lines.ts';

const refused = test.macro({
	async exec(t, line: string, place: string, message: string, hint: string) {
		const [row, column] = place.split(':');
		t.deepEqual(await runInMemory(line), {status: 2, stdout: '', stderr: `error: line ${row}, column ${column}: ${message}\n  hint: ${hint}\n`});
	},
	title: (_, line) => `refuses ${JSON.stringify(line)}`,
});

for (const [line, place, message, hint] of wrongLines) {
	test(refused, line, place, message, hint);
}

test('two hundred lines and more are refused', (t) => {
	t.true(wrongLines.length >= 200);
});

test('nothing runs before the whole script is read', async (t) => {
	t.deepEqual(await runInMemory('echo first; new web; nosuch'), {
		status: 2,
		stdout: '',
		stderr: "error: line 1, column 22: Unknown command 'nosuch'\n  hint: 'help' lists the commands.\n",
	});
});

test('a fault in a script file names the file', async (t) => {
	t.deepEqual(await runInMemory('echo a\nset memry 1\n', {name: 'a.vs'}), {
		status: 2,
		stdout: '',
		stderr: "error: a.vs:2:5: There is no key 'memry'\n  hint: Did you mean 'memory'?\n",
	});
});

test('a fault in a script that is sourced is found before anything runs', async (t) => {
	const files = {'/home/me/b.vs': 'echo b\necho "'};
	t.deepEqual(await runInMemory('echo a; source b.vs', {files}), {
		status: 2,
		stdout: '',
		stderr: 'error: b.vs:2:6: Missing "\n  hint: The quote that opens here is never closed.\n',
	});
});

test('a script is read once for a line, so that a pipe is one too, and anew after cd', async (t) => {
	let reads = 0;
	const files = {'/home/me/a.vs': 'echo a', '/home/me/b/a.vs': 'echo b'};
	const {stdout} = await runInMemory('source a.vs; source a.vs; cd b; source a.vs', {files, onRead: () => reads++});
	t.is(stdout, 'a\na\nb\n');
	t.is(reads, 2);
});

test('what fails while a sourced script runs says where it stands, in each script on the way', async (t) => {
	const files = {'/home/me/a.vs': 'echo a\nsource b.vs', '/home/me/b.vs': 'new web\nnew web'};
	const failure = "b.vs:2:1: A definition named 'web' already exists\n  hint: Choose it with 'use web', or remove it with 'delete web'.\n";
	t.like(await runInMemory('source b.vs', {files}), {status: 1, stderr: `error: ${failure}`});
	t.like(await runInMemory('source a.vs', {files}), {status: 1, stderr: `error: a.vs:2:1: ${failure}`});
});

test('a script that sources itself is refused, also by way of another', async (t) => {
	const stderr = "error: b.vs:2:1: The script 'a.vs' sources itself\n  hint: It would never end.\n";
	const files = {'/home/me/a.vs': 'echo a; source b.vs', '/home/me/b.vs': 'echo b\nsource a.vs'};
	t.deepEqual(await runInMemory('source a.vs', {files}), {status: 2, stdout: '', stderr});
	t.deepEqual(await runInMemory('source b.vs', {files, name: 'a.vs'}), {status: 2, stdout: '', stderr});
});

test('a script that many others source is read once before anything runs', async (t) => {
	const sources = Array.from({length: 40}, (_, index) => [`/home/me/s${index}`, `source s${index + 1}; source s${index + 1}`]);
	t.deepEqual(await runInMemory('source s0', {files: {...Object.fromEntries(sources), '/home/me/s40': 'nosuch'}}), {
		status: 2,
		stdout: '',
		stderr: "error: s40:1:1: Unknown command 'nosuch'\n  hint: 'help' lists the commands.\n",
	});
	t.deepEqual(await runInMemory('echo a; source s0; nosuch', {files: {...Object.fromEntries(sources), '/home/me/s40': 'quit'}}), {
		status: 2,
		stdout: '',
		stderr: "error: line 1, column 20: Unknown command 'nosuch'\n  hint: 'help' lists the commands.\n",
	});
	t.is(
		(await runInMemory('echo a; source s0', {files: {...Object.fromEntries(sources.slice(30)), '/home/me/s0': 'source s37', '/home/me/s40': ''}})).stdout,
		'a\n',
	);
});

test('a binary is no script', async (t) => {
	const hint = '  hint: A script holds commands, one on a line.\n';
	t.deepEqual(await runInMemory('source x', {files: {'/home/me/x': '\u007fELF\0\u0001'}}), {
		status: 2,
		stdout: '',
		stderr: `error: 'x' is not text: it holds a NUL\n${hint}`,
	});
	t.deepEqual(await runInMemory('source x', {files: {'/home/me/x': 'a\u00ff\u00fe'}}), {
		status: 2,
		stdout: '',
		stderr: `error: 'x' is not text: it holds bytes that are not UTF-8\n${hint}`,
	});
});
