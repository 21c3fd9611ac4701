import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {openTerminal, type TerminalSettings, type TestTerminal} from '../helpers/open-terminal.ts';
import {programPath} from '../helpers/run-program.ts';

interface Opened extends TestTerminal {
	readonly state: string;
}

/** The session on a terminal of its own, with a history and definitions of its own and no libvirtd. */
function openSession(t: ExecutionContext, {words = [], ...settings}: TerminalSettings & {readonly words?: readonly string[]} = {}): Opened {
	const state = mkdtempSync(join(tmpdir(), 'screen-'));
	const terminal = openTerminal(programPath('virt-sandbox-shell'), ['-c', 'lxc:///system?socket=/nowhere/sock', ...words], {
		...settings,
		environment: {...process.env, XDG_STATE_HOME: state, ...settings.environment},
	});
	t.teardown(() => {
		terminal.close();
		rmSync(state, {recursive: true, force: true});
	});
	return {...terminal, state};
}

const atRest = {alternateScreen: false, mouse: 'none', bracketedPaste: false, applicationKeys: false};

test('what was said stays on the terminal when the session has ended, and its modes are as they were', async (t) => {
	const terminal = openSession(t);
	await terminal.see('virt-sandbox # ');
	t.like(terminal.modes(), {alternateScreen: true, mouse: 'vt200', bracketedPaste: true});
	terminal.type('echo hello\r');
	await terminal.see(/^hello$/m);
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
	await terminal.see(/# quit$/);
	t.deepEqual(
		terminal.lines().filter((line) => !line.includes("'help'")),
		['virt-sandbox # echo hello', 'hello', 'virt-sandbox # quit'],
	);
	t.deepEqual(terminal.modes(), atRest);
});

test('what is typed ahead runs, each line once and in order', async (t) => {
	const terminal = openSession(t);
	terminal.type('echo one\recho two; new web\rset mem\t64M\r');
	await terminal.see(/^memory: +64M/m);
	const text = terminal.lines().join('\n');
	t.regex(text, /# echo one\none\n.*# echo two; new web\ntwo\nSandbox 'web' defined\n.*:web # set memory 64M\n/);
	terminal.type('\x04');
	t.is(await terminal.exit(), 0);
});

test('a paste of 200 lines stays in the line until Enter, and is one entry of the history', async (t) => {
	const terminal = openSession(t);
	await terminal.see('virt-sandbox # ');
	const script = Array.from({length: 200}, (_, index) => `echo line-${index}`);
	terminal.type(`\x1b[200~${script.join('\r')}\x1b[201~`);
	await terminal.see('... echo line-199');
	t.false(terminal.lines().some((line) => line.startsWith('line-')));
	terminal.type('\r');
	await terminal.see(/^line-199$/m);
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
	t.is(readFileSync(join(terminal.state, 'virt-sandbox/history'), 'utf8').split('\n').length, 3);
});

test('the history and the panes of one session are there in the next', async (t) => {
	const first = openSession(t);
	await first.see('virt-sandbox # ');
	first.type('echo remembered\rview events\rquit\r');
	t.is(await first.exit(), 0);
	const second = openSession(t, {environment: {XDG_STATE_HOME: first.state}});
	await second.see('virt-sandbox # ');
	await second.see('─ Events ─');
	second.type('\x12remem');
	await second.see("search 'remem': echo remembered");
	second.type('\r');
	await second.see(/^remembered$/m);
	second.type('\x04');
	t.is(await second.exit(), 0);
});

test('Tab shows candidates with what they are, and an argument is explained below the line', async (t) => {
	const terminal = openSession(t);
	await terminal.see('virt-sandbox # ');
	terminal.type('console ');
	await terminal.see('console NAME: the sandbox');
	terminal.type('\x15un\t');
	await terminal.see(/undefine +/);
	await terminal.see(/undo +/);
	terminal.type('\t\t\r');
	await terminal.see(/# undefine\n/);
	terminal.type('\x03\x04');
	t.is(await terminal.exit(), 0);
});

test('a line survives a change of size, and a terminal of 40×12 has room for all', async (t) => {
	const terminal = openSession(t);
	await terminal.see('virt-sandbox # ');
	terminal.type('echo abcdefghijklmnopqrstuvwxyz0123456789');
	await terminal.see('xyz0123456789');
	terminal.resize(40, 12);
	await terminal.see(/^virt-sandbox # echo abcdefghijklmnopqrst\nuvwxyz0123456789$/m);
	terminal.resize(200, 50);
	await terminal.see(/^virt-sandbox # echo abcdefghijklmnopqrstuvwxyz0123456789$/m);
	terminal.type('\r');
	await terminal.see(/^abcdefghijklmnopqrstuvwxyz0123456789$/m);
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
	t.deepEqual(terminal.modes(), atRest);
});

test('what is missing in a command of the screen is told as in any other', async (t) => {
	const terminal = openSession(t);
	await terminal.see('virt-sandbox # ');
	for (const action of ['load', 'save', 'delete']) {
		terminal.type(`layout ${action}\r`);
		await terminal.see(`'layout ${action}' needs the name of a layout`);
	}
	t.notRegex(terminal.lines().join('\n'), /internal error/);
	terminal.type('\x04');
	t.is(await terminal.exit(), 2);
});

test('a recording plays in a pane that takes no input, and closing the pane ends it', async (t) => {
	const terminal = openSession(t);
	const file = join(terminal.state, 'demo.cast');
	const [first, later] = ['[0.001, "o", "play\\u0069ng"]', '[4, "o", "."]'];
	writeFileSync(file, `${['{"version": 2, "width": 40, "height": 5}', first, later, '[9, "o", "."]', '[14, "o", "."]'].join('\n')}\n`);
	await terminal.see('virt-sandbox # ');
	terminal.type(`replay ${file} &\r`);
	await terminal.see(/^playing$/m);
	terminal.type('\x1bo');
	await terminal.see('takes no input  Esc back  x close');
	terminal.type('echo lost\r');
	await terminal.see(/^ replay demo\.cast takes no input /m);
	terminal.type('x');
	await terminal.until(() => !terminal.lines().some((line) => line.includes('─')), 'the pane is gone');
	await terminal.see(/\[1\] done: replay/);
	terminal.type(`replay ${file} &\r`);
	await terminal.see(/^playing$/m);
	terminal.type(`replay ${file} --close\r`);
	await terminal.see(/\[2\] done: replay/);
	t.false(terminal.lines().some((line) => line.includes('─')));
	terminal.type(`replay ${file} --close\r`);
	await terminal.see('No pane plays');
	terminal.type('\x04');
	t.is(await terminal.exit(), 1);
});

for (const [what, signal, status] of [
	['SIGTERM', 'SIGTERM', 143],
	['SIGHUP', 'SIGHUP', 129],
] as const) {
	test(`${what} ends the session and gives the terminal back`, async (t) => {
		const terminal = openSession(t);
		await terminal.see('virt-sandbox # ');
		process.kill(terminal.pid, signal);
		t.is(await terminal.exit(), status);
		// Its last words may come a little after its end.
		await terminal.until(() => !terminal.modes().alternateScreen, 'the terminal as it was');
		await terminal.see("'help'");
		t.deepEqual(terminal.modes(), atRest);
	});
}

test('^C clears the line, and while a command runs ends only that', async (t) => {
	const terminal = openSession(t);
	await terminal.see('virt-sandbox # ');
	terminal.type('echo never\x03');
	await terminal.see('echo never^C');
	terminal.type('echo again\r');
	await terminal.see(/^again$/m);
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
});

test('keys of the configuration hold, and what is no action is refused with the nearest', async (t) => {
	const home = mkdtempSync(join(tmpdir(), 'config-'));
	t.teardown(() => rmSync(home, {recursive: true, force: true}));
	mkdirSync(join(home, 'virt-sandbox'));
	const file = join(home, 'virt-sandbox/config.json');
	writeFileSync(file, '{"keys": {"help": ["f9"]}} // mine');
	const terminal = openSession(t, {environment: {XDG_CONFIG_HOME: home}});
	await terminal.see('virt-sandbox # ');
	terminal.type('\x1b[20~');
	await terminal.see(/^ {2}F9 +this list/m);
	terminal.type('q\x04');
	t.is(await terminal.exit(), 0);
	writeFileSync(file, '{"mouse": false}');
	const still = openSession(t, {environment: {XDG_CONFIG_HOME: home}});
	await still.see('virt-sandbox # ');
	t.is(still.modes().mouse, 'none');
	still.type('\x04');
	t.is(await still.exit(), 0);
	writeFileSync(file, '{"keys": {"hepl": ["f9"]}}');
	const refused = openSession(t, {environment: {XDG_CONFIG_HOME: home}});
	t.is(await refused.exit(), 2);
	await refused.see("'hepl' in 'keys' of");
	await refused.see("Did you mean 'help'?");
	writeFileSync(file, '{"theme": {"prompt": "gren"}}');
	const grey = openSession(t, {environment: {XDG_CONFIG_HOME: home}});
	t.is(await grey.exit(), 2);
	await grey.see("Did you mean 'green'?");
	writeFileSync(file, '['.repeat(200_000));
	const deep = openSession(t, {columns: 200, environment: {XDG_CONFIG_HOME: home}});
	t.is(await deep.exit(), 2);
	await deep.see(/^error: .*config\.json is nested too deeply\n {2}hint: Fix the file, or move it away\.$/m);
});

for (const [what, settings] of [
	['--plain', {words: ['--plain']}],
	['INK_SCREEN_READER', {environment: {INK_SCREEN_READER: 'true'}}],
] as const) {
	test(`${what} keeps the line mode, with the same results`, async (t) => {
		const terminal = openSession(t, settings);
		await terminal.see('virt-sandbox # ');
		t.deepEqual(terminal.modes(), atRest);
		terminal.type('echo hello\r');
		await terminal.see(/^hello$/m);
		terminal.type('quit\r');
		t.is(await terminal.exit(), 0);
	});
}

test('a terminal that is larger than any display is drawn in a part', async (t) => {
	const terminal = openSession(t);
	await terminal.see('virt-sandbox # ');
	terminal.resize(2000, 2000);
	terminal.type('echo hello\r');
	await terminal.see(/^hello$/m);
	await terminal.until(() => terminal.lines().length === 500, 'the status line in row 500');
	terminal.resize(80, 24);
	terminal.type('echo again; quit\r');
	await terminal.see(/^again$/m);
	t.is(await terminal.exit(), 0);
});

test('NO_COLOR leaves attributes only', async (t) => {
	const terminal = openSession(t, {environment: {NO_COLOR: '1'}});
	await terminal.see('virt-sandbox # ');
	terminal.type('nosuch\r');
	await terminal.see('Unknown command');
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
	t.notRegex(terminal.output(), /\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|4[0-7])(?:;\d+)*m/);
});
