// The built program: command strings, words, scripts, standard input, exit codes. No libvirtd is needed.
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {programPath, runProgram, type RunSettings} from '../helpers/run-program.ts';

const program = programPath('virt-sandbox-shell');

const ends = test.macro({
	async exec(t, words: readonly string[], status: number, stdout: string, stderr: string, settings: RunSettings = {}) {
		t.deepEqual(await runProgram(program, words, settings), {status, stdout, stderr});
	},
	title: (title, words) => title ?? `ends as it should: ${JSON.stringify(words)}`,
});

const unknown = "error: line 1, column 13: Unknown command 'nosuch'\n  hint: 'help' lists the commands.\n";
test(ends, ['echo hi'], 0, 'hi\n', '');
test(ends, ['echo', 'a  b', '--shell'], 0, "'a  b'\n", '');
test(ends, ['echo', '--', '--xml', 'a;b', '&'], 0, '--xml a;b &\n', '');
test(ends, ['echo first; nosuch'], 2, '', unknown);
test(ends, ['--keep-going', 'cd /nonexistent; echo on'], 1, 'on\n', "error: Cannot change to '/nonexistent': no such file or directory\n");
test(ends, ['cd /nonexistent; echo on'], 1, '', "error: Cannot change to '/nonexistent': no such file or directory\n");
test(ends, ['nosuch', 'x'], 2, '', "error: Unknown command 'nosuch'\n  hint: 'help' lists the commands.\n");
test(ends, ['--nosuch'], 2, '', "error: There is no option --nosuch\n  hint: 'virt-sandbox-shell --help' lists the options.\n");
test(ends, ['--output', 'xml', 'pwd'], 2, '', "error: There is no output 'xml'\n  hint: Write --output text or --output json.\n");
test(ends, ['-e', 'x]', 'pwd'], 2, '', "error: 'x]' is not an escape key\n  hint: Write ^ and a letter or one of @ [ ] \\ ^ _, as ^].\n");
test(ends, ['-f'], 2, '', 'error: Option -f needs a value\n  hint: Write -f FILE.\n');
test(ends, ['-f', 'x', 'pwd'], 2, '', "error: A script ('x') and a command ('pwd') exclude each other\n  hint: Give one of them.\n");
test(ends, ['-f', '/nonexistent/x'], 1, '', "error: Cannot read the script '/nonexistent/x': no such file or directory\n");
test(
	ends,
	['--output', 'json', 'echo hi; nosuch'],
	2,
	'',
	`{"v":1,"kind":"error","code":"usage","message":"line 1, column 10: Unknown command 'nosuch'","hint":"'help' lists the commands."}\n`,
);
test(ends, ['--output=json', 'echo hi'], 0, '{"v":1,"kind":"document","format":"text","text":"hi"}\n', '');
test(
	ends,
	['--nosuch', '--output', 'json'],
	2,
	'',
	`{"v":1,"kind":"error","code":"usage","message":"There is no option --nosuch","hint":"'virt-sandbox-shell --help' lists the options."}\n`,
);
test('COMMAND --help is help COMMAND, and a word of a command is its own', async (t) => {
	const {stdout} = await runProgram(program, ['help', 'dumpxml']);
	t.regex(stdout, /^NAME\n {2}xml - /);
	t.deepEqual(await runProgram(program, ['xml --help']), {status: 0, stdout, stderr: ''});
	t.deepEqual(await runProgram(program, ['dumpxml', 'web', '--help']), {status: 0, stdout, stderr: ''});
	t.like(await runProgram(program, ['new a; set command ls --help; unset command']), {status: 0});
});
test('-v is -V, as virsh has it, and the version is that of package.json', async (t) => {
	const {version} = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as {version: string};
	const said = {status: 0, stdout: `virt-sandbox-shell ${version}\n`, stderr: ''};
	t.deepEqual(await runProgram(program, ['-v']), said);
	t.deepEqual(await runProgram(program, ['--version']), said);
	t.like(await runProgram(programPath('virt-sandbox'), ['-V']), {stdout: `virt-sandbox ${version}\n`});
});
test('a wrong option is told in JSON where that is asked for, before or after it', async (t) => {
	const fault = {v: 1, kind: 'error', code: 'usage', message: 'Unknown option --nosuch', hint: 'virt-sandbox --help lists the options.'};
	const said = {status: 125, stdout: '', stderr: `${JSON.stringify(fault)}\n`};
	t.deepEqual(await runProgram(programPath('virt-sandbox'), ['--output', 'json', '--nosuch', 'true']), said);
	t.deepEqual(await runProgram(programPath('virt-sandbox'), ['--nosuch', '--output=json', '--', 'true']), said);
	t.notDeepEqual(await runProgram(programPath('virt-sandbox'), ['--nosuch', '--', 'x', '--output=json']), said);
});
test(ends, ['-q', '-d', '0', '-k', '5', '-K', '3', '--no-pkttyagent', 'echo hi'], 0, 'hi\n', '');
test('help tells of the commands that only a screen has', async (t) => {
	t.regex((await runProgram(program, ['help'])).stdout, /^ {2}view +Open, close and move panes of the screen \(needs the screen\)$/m);
	const {status, stdout} = await runProgram(program, ['help', 'view']);
	t.is(status, 0);
	t.regex(stdout, /^ {2}Needs the screen: 'virt-sandbox-shell' on a terminal, without --plain\.$/m);
	t.regex(stdout, /^EXAMPLES\n {2}view xml/m);
});
test('reads commands from standard input', ends, [], 0, 'a\nb\n', '', {input: 'echo a # one\necho b'});
test('reads commands from standard input that -f names', ends, ['-f', '-'], 0, 'a\n', '', {input: 'echo a\n'});
test('an empty standard input is no fault', ends, [], 0, '', '', {input: ''});
test(
	'reads all of standard input before anything runs',
	ends,
	[],
	2,
	'',
	"error: line 2, column 1: Unknown command 'nosuch'\n  hint: 'help' lists the commands.\n",
	{
		input: 'echo a\nnosuch\n',
	},
);
test(
	'a binary on standard input is refused',
	ends,
	[],
	2,
	'',
	'error: Standard input is not text: it holds a NUL\n  hint: A script holds commands, one on a line.\n',
	{
		input: 'echo\0',
	},
);

test('runs a script file, and names it where it fails', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'virt-sandbox-shell-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const file = join(directory, 'a.vs');
	writeFileSync(file, '#!/usr/bin/env virt-sandbox-shell -f\necho a\nuse b\n');
	t.deepEqual(await runProgram(program, ['-f', file]), {
		status: 1,
		stdout: 'a\n',
		stderr: `error: ${file}:3:1: No definition is named 'b'\n  hint: Make it with 'new b'.\n`,
	});
	writeFileSync(file, `echo a\nsource ${file}\n`);
	t.deepEqual(await runProgram(program, ['-f', file]), {
		status: 2,
		stdout: '',
		stderr: `error: ${file}:2:1: The script '${file}' sources itself\n  hint: It would never end.\n`,
	});
});

test('keeps a session by its name, with undo', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'virt-sandbox-shell-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const settings = {environment: {...process.env, XDG_STATE_HOME: directory}};
	t.like(await runProgram(program, ['--session', 'work', 'new web; set memory 1G; env A=secret'], settings), {status: 0});
	t.deepEqual(await runProgram(program, ['--session', 'work', 'changes; undo'], settings), {
		status: 0,
		stdout: '+ memory: 1G  (next start)\n+ env A: A=secret  (next start)\n- web: env A: A=secret  (next start)\n',
		stderr: '',
	});
	t.deepEqual(await runProgram(program, ['--session', 'work', 'changes'], settings), {status: 0, stdout: '+ memory: 1G  (next start)\n', stderr: ''});
	t.deepEqual(await runProgram(program, ['changes'], settings), {
		status: 1,
		stdout: '',
		stderr: "error: No sandbox is current\n  hint: Make one with 'new NAME', or choose one with 'use NAME'.\n",
	});
	writeFileSync(join(directory, 'virt-sandbox/sessions/work.json'), '{"version": 9}');
	const {status, stderr} = await runProgram(program, ['--session', 'work', 'pwd'], settings);
	t.is(status, 1);
	t.regex(stderr, /^error: The session 'work' \(.*\) has version 9, and this program knows 1\n/);
});

test('says how long a command took', async (t) => {
	const {status, stdout} = await runProgram(program, ['-t', 'echo a']);
	t.is(status, 0);
	t.regex(stdout, /^a\n\n\(Time: \d+\.\d{3} ms\)\n$/);
});

test('writes to a full disk are a fault of ours, and told', async (t) => {
	const {status, stderr} = await runProgram('/bin/sh', ['-c', `exec "$0" 'echo a' >/dev/full`, program]);
	t.is(status, 125);
	t.regex(stderr, /^error: Cannot write to standard output: .*no space left/i);
});

test('a reader that has gone ends it as a shell would say', async (t) => {
	t.like(await runProgram('/bin/bash', ['-c', `"$0" 'help; help; help; help' | true; exit \${PIPESTATUS[0]}`, program]), {status: 141, stderr: ''});
});
