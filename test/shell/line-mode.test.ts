// The plain line mode on a terminal, without a libvirtd.
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openTerminal} from '../helpers/open-terminal.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';

const uri = 'lxc:///system?socket=/nonexistent/socket';

function openShell(t: ExecutionContext, ...words: string[]) {
	const directory = mkdtempSync(join(tmpdir(), 'virt-sandbox-shell-'));
	const environment = {...process.env, XDG_STATE_HOME: directory, HOME: directory, NO_COLOR: '1'};
	const terminal = openTerminal(programPath('virt-sandbox-shell'), ['--plain', '-c', uri, ...words], {environment, columns: 140});
	t.teardown(() => {
		terminal.close();
		rmSync(directory, {recursive: true, force: true});
	});
	return {terminal, directory};
}

/** The last line of the screen is this prompt, with nothing typed. */
const prompt = (text: string) => new RegExp(`(^|\\n)${text.replaceAll('*', '\\*')} $`);

test('shows the current definition, what is typed and what comes of it, and ends with ^D', async (t) => {
	const {terminal} = openShell(t);
	await terminal.see(`virt-sandbox-shell on ${uri}: 'help' lists the commands, 'quit' ends`);
	await terminal.see(prompt('virt-sandbox #'));
	terminal.type('new web\r');
	await terminal.see("Sandbox 'web' defined");
	await terminal.see(prompt('virt-sandbox:web #'));
	terminal.type('set memory 1G; set vcpus 2\r');
	await terminal.see(prompt('virt-sandbox:web* #'));
	terminal.type('nosuch\r');
	await terminal.see("error: line 1, column 1: Unknown command 'nosuch'");
	await terminal.see(prompt('virt-sandbox:web* #'));
	terminal.type('\u0004');
	t.is(await terminal.exit(), 2);
});

test('joins lines while a quote is open or a backslash ends them', async (t) => {
	const {terminal} = openShell(t, '-q');
	await terminal.see(prompt('virt-sandbox #'));
	terminal.type("echo 'a\r");
	await terminal.see(prompt('\\.\\.\\.'));
	terminal.type("b'\r");
	await terminal.see(/\na\nb\nvirt-sandbox # $/);
	terminal.type('echo c \\\r');
	await terminal.see(prompt('\\.\\.\\.'));
	terminal.type('d\r');
	await terminal.see(/\nc d\nvirt-sandbox # $/);
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
});

test('^C drops the line, also one that goes on, and stays', async (t) => {
	const {terminal} = openShell(t, '-q');
	await terminal.see(prompt('virt-sandbox #'));
	terminal.type('echo wrong');
	await terminal.see('echo wrong');
	terminal.type('\u0003');
	await terminal.see(/echo wrong\^C\nvirt-sandbox # $/);
	terminal.type("echo 'open\r");
	await terminal.see(prompt('\\.\\.\\.'));
	terminal.type('\u0003');
	await terminal.see(/\^C\nvirt-sandbox # $/);
	terminal.type('echo right\r');
	await terminal.see(/\nright\nvirt-sandbox # $/);
	t.notRegex(terminal.lines().join('\n'), /\nwrong/);
	terminal.type('exit\r');
	t.is(await terminal.exit(), 0);
});

test('Tab completes, and shows candidates with what they are', async (t) => {
	const {terminal} = openShell(t, '-q');
	await terminal.see(prompt('virt-sandbox #'));
	terminal.type('new web\r');
	await terminal.see(prompt('virt-sandbox:web #'));
	// Each Tab comes alone: within a burst it is a pasted blank.
	terminal.type('set lifet');
	await terminal.see(/ set lifet$/);
	terminal.type('\t');
	await terminal.see(/ set lifetime $/);
	terminal.type('\t');
	await terminal.see('  client  ends with this program\n  keep    runs on until stopped\n');
	terminal.type('k');
	await terminal.see(/ set lifetime k$/);
	terminal.type('\t');
	await terminal.see(/ set lifetime keep $/);
	terminal.type('\r');
	await terminal.see(prompt('virt-sandbox:web* #'));
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
});

test('a pasted script runs line by line', async (t) => {
	const {terminal} = openShell(t, '-q');
	await terminal.see(prompt('virt-sandbox #'));
	terminal.type('echo one\recho two\recho three\r');
	await terminal.see(/\none\ntwo\nthree\nvirt-sandbox # $/);
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
});

test('a session file that cannot be written is told once, and the session goes on', async (t) => {
	const {terminal, directory} = openShell(t, '-q');
	const file = join(directory, 'virt-sandbox/sessions/default.json');
	const refusals = () => terminal.lines().filter((line) => line.startsWith("error: The session 'default' cannot be")).length;
	await terminal.see(prompt('virt-sandbox #'));
	mkdirSync(file, {recursive: true});
	terminal.type('new web\r');
	await terminal.see(prompt('virt-sandbox:web #'));
	terminal.type('set memory 1G\r');
	await terminal.see(prompt('virt-sandbox:web* #'));
	t.is(refusals(), 1);
	rmSync(file, {recursive: true});
	terminal.type('set vcpus 2; echo saved\r');
	await terminal.see(/\nsaved\nvirt-sandbox:web\* # $/);
	t.regex(readFileSync(file, 'utf8'), /web/);
	rmSync(file);
	mkdirSync(file);
	terminal.type('set vcpus 3; quit\r');
	t.is(await terminal.exit(), 1);
	// The last words may be behind the end of their program.
	await terminal.until(() => refusals() === 3, 'one more after the command, one at the end');
});

test('definitions, undo and history are there in the next session, for the user alone', async (t) => {
	const {terminal, directory} = openShell(t, '-q');
	await terminal.see(prompt('virt-sandbox #'));
	terminal.type('new web\r');
	await terminal.see(prompt('virt-sandbox:web #'));
	terminal.type('set memory 1G\r');
	await terminal.see(prompt('virt-sandbox:web* #'));
	terminal.type(' echo secret\r');
	await terminal.see(/\nsecret\n/);
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
	const file = join(directory, 'virt-sandbox/history');
	t.is(readFileSync(file, 'utf8'), 'new web\nset memory 1G\nquit\n');
	for (const path of [file, join(directory, 'virt-sandbox/sessions/default.json')]) {
		t.true(existsSync(path));
		t.is(statSync(path).mode & 0o777, 0o600);
	}
	const next = openTerminal(programPath('virt-sandbox-shell'), ['--plain', '-q', '-c', uri], {
		environment: {...process.env, XDG_STATE_HOME: directory, NO_COLOR: '1'},
	});
	t.teardown(() => next.close());
	await next.see(prompt('virt-sandbox:web* #'));
	next.type('undo\r');
	await next.see('- web: memory: 1G  (next start)');
	await next.see(prompt('virt-sandbox:web #'));
	next.type('\u001b[A\u001b[A\u001b[A');
	await next.see(/web # set memory 1G$/);
	next.type('\r');
	await next.see(prompt('virt-sandbox:web* #'));
	next.type('quit\r');
	t.is(await next.exit(), 0);
});

test('a read-only session says so in its prompt', async (t) => {
	const {terminal} = openShell(t, '-q', '-r');
	await terminal.see(prompt('virt-sandbox >'));
	terminal.type('stop x\r');
	await terminal.see('error: The session is read-only');
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
});

test('a command in the background leaves the prompt', async (t) => {
	const {terminal} = openShell(t, '-q');
	await terminal.see(prompt('virt-sandbox #'));
	terminal.type('echo behind &\r');
	await terminal.see('behind');
	terminal.type('echo before\r');
	await terminal.see(/\nbefore\n/);
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
});

test('SIGTERM ends it', async (t) => {
	const {terminal} = openShell(t, '-q');
	await terminal.see(prompt('virt-sandbox #'));
	process.kill(terminal.pid, 'SIGTERM');
	t.is(await terminal.exit(), 143);
});

test('^R looks back for what stands on the line', async (t) => {
	const {terminal} = openShell(t, '-q');
	await terminal.see(prompt('virt-sandbox #'));
	for (const word of ['first one', 'second one', 'other']) {
		terminal.type(`echo ${word}\r`);
		await terminal.see(new RegExp(`\\n${word}\\nvirt-sandbox # $`));
	}
	terminal.type('one');
	await terminal.see('# one');
	terminal.type('\u0012');
	await terminal.see(/# echo second one$/);
	terminal.type('\u0012');
	await terminal.see(/# echo first one$/);
	terminal.type(' more\r');
	await terminal.see(/\nfirst one more\nvirt-sandbox # $/);
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
});

test('a session that is open twice keeps what both have made, and says where both changed the same', async (t) => {
	const first = openShell(t, '-q');
	const environment = {...process.env, XDG_STATE_HOME: first.directory, HOME: first.directory, NO_COLOR: '1'};
	await first.terminal.see(prompt('virt-sandbox #'));
	first.terminal.type('new web\r');
	await first.terminal.see(prompt('virt-sandbox:web #'));
	const second = openTerminal(programPath('virt-sandbox-shell'), ['--plain', '-q', '-c', uri], {environment, columns: 140});
	t.teardown(() => second.close());
	await second.see(prompt('virt-sandbox:web #'));
	second.type('new other; use web; set memory 1G\r');
	await second.see(prompt('virt-sandbox:web* #'));
	first.terminal.type('set memory 2G\r');
	await first.terminal.see("warning: Another process changed 'web' in this session too: its definition is here as 'web-2'");
	first.terminal.type('use other\r');
	await first.terminal.see(prompt('virt-sandbox:other #'));
	for (const terminal of [second, first.terminal]) {
		terminal.type('quit\r');
		t.is(await terminal.exit(), 0);
	}
	const kept = 'use other; use web; show --key memory; use web-2; show --key memory';
	const {stdout} = await runProgram(programPath('virt-sandbox-shell'), ['--session', 'default', '--output', 'json', kept], {environment});
	t.deepEqual(
		[...stdout.matchAll(/"value":"(\w+)"/g)].map(([, value]) => value),
		['2G', '1G'],
	);
});

test('scripts of one session that run at once lose nothing', async (t) => {
	const directory = mkdtempSync(join(tmpdir(), 'virt-sandbox-shell-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const environment = {...process.env, XDG_STATE_HOME: directory, HOME: directory};
	const shell = (script: string) => runProgram(programPath('virt-sandbox-shell'), ['--session', 'work', script], {environment});
	const names = ['a', 'b', 'c', 'd', 'e', 'f'];
	await Promise.all(names.map((name) => shell(`new ${name}`)));
	t.like(await shell(names.map((name) => `use ${name}`).join('; ')), {status: 0, stderr: ''});
});

test('questions of commands beside the prompt come one after the other, and none outlives the session', async (t) => {
	const {terminal} = openShell(t);
	await terminal.see(prompt('virt-sandbox #'));
	terminal.type('new web; profile save one; profile save two\r');
	await terminal.see(/Profile 'two' saved/);
	terminal.type('profile delete one &\rprofile delete two &\r');
	// Which of the two is there first is open.
	await terminal.see(/\[y\/n\] $/);
	const [first, second] = /'one'/.test(terminal.lines().at(-1) ?? '') ? ['one', 'two'] : ['two', 'one'];
	terminal.type('y\r');
	await terminal.see(new RegExp(`'${second}'.*\\[y/n\\] `));
	terminal.type('n\r');
	await terminal.see(new RegExp(`Profile '${first}' deleted`));
	terminal.type(`profile delete ${second}\r`);
	await terminal.until(() => terminal.lines().filter((line) => line.startsWith(`Delete the profile '${second}'`)).length === 2, 'the question again');
	process.kill(terminal.pid, 'SIGHUP');
	t.is(await terminal.exit(), 129);
});

test('a signal that would open Node’s debugger to all users of the host does nothing', async (t) => {
	const {terminal} = openShell(t, '-q');
	await terminal.see(prompt('virt-sandbox #'));
	for (const signal of ['SIGUSR1', 'SIGUSR2'] as const) process.kill(terminal.pid, signal);
	terminal.type('echo still here\r');
	await terminal.see(/\nstill here\nvirt-sandbox # $/);
	t.notRegex(terminal.output(), /Debugger/);
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
});

test('a fault in a later command of a line tells that none of it has run', async (t) => {
	const {terminal} = openShell(t, '-q');
	await terminal.see(prompt('virt-sandbox #'));
	terminal.type('echo first; ecco second\r');
	await terminal.see(/error: line 1, column 13: Unknown command 'ecco'\n {2}hint: Did you mean 'echo'\? Nothing of the line has run\.\nvirt-sandbox # $/);
	terminal.type('ecco first\r');
	await terminal.see(/hint: Did you mean 'echo'\?\nvirt-sandbox # $/);
	terminal.type('\u0004');
	t.is(await terminal.exit(), 2);
});

test('a paste that ends with ^D runs and ends the session', async (t) => {
	const {terminal} = openShell(t, '-q');
	await terminal.see(prompt('virt-sandbox #'));
	terminal.type('echo one\recho two\r\u0004');
	t.is(await terminal.exit(), 0);
	await terminal.see(/\none\n+two\n*$/);
});
