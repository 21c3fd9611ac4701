import {readdirSync} from 'node:fs';
import test from 'ava';
import {testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {openTerminal} from '../helpers/open-terminal.ts';
import {programPath, runProgram} from '../helpers/run-program.ts';
import {enterConsole, freshName, makeTestDirectory, openScreenSession, openWithSandbox} from '../helpers/screen-session.ts';
import {findVim} from '../helpers/vim.ts';

testWithLibvirtd('a console in a pane takes keys, has the size of the pane, and ^] comes back', async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sh');
	await enterConsole(terminal);
	terminal.type('stty size\r');
	await terminal.see(/^18 130$/m);
	terminal.type('\x1decho prompt\r');
	await terminal.see(/^prompt$/m);
	terminal.type("\x1b1until [ \"$(stty size)\" = '13 100' ]; do sleep 0.1; done; echo res''ized\r");
	await terminal.see(/^> |until/m);
	terminal.resize(100, 30);
	await terminal.see(/^resized$/m);
	t.pass();
});

testWithLibvirtd('full screen and back: the guest has the whole terminal, and the panes are as they were', async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sh');
	await enterConsole(terminal);
	terminal.type('echo mark\r');
	await terminal.see(/^mark$/m);
	terminal.type('\x1d\x1ba');
	await terminal.see(/Escape character is \^\] \(Ctrl \+ \]\)/);
	await terminal.see(/^mark$/m);
	// It is told so a moment after the size of its pane.
	terminal.type(`until [ "$(stty size)" = '40 130' ]; do sleep 0.1; done; stty size\r`);
	await terminal.see(/^40 130$/m);
	// Everything that a program may leave on.
	terminal.type("printf '\\033[?1000h\\033[?1006h\\033[?2004h\\033[?1h\\033=\\033[?25l\\033[5;10r\\033[31m'; echo don''e\r");
	await terminal.see(/^done/m);
	terminal.type('\x1d');
	await terminal.see(/─ 1 .* tty/);
	await terminal.see('F1 keys');
	t.deepEqual(terminal.modes(), {alternateScreen: true, mouse: 'vt200', bracketedPaste: true, applicationKeys: false});
	terminal.type('echo still here\r');
	await terminal.see(/^still here$/m);
});

testWithLibvirtd('`console` has the whole terminal and says there how one leaves it', async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sh');
	terminal.type(`console ${terminal.name}\r`);
	await terminal.see(`Connected to domain '${terminal.name}'\nEscape character is ^] (Ctrl + ])\n# `);
	terminal.type('stty size\r');
	await terminal.see(/^40 130$/m);
	// What is typed right after the key is for the prompt.
	terminal.type('\x1decho prompt\r');
	await terminal.see('F1 keys');
	await terminal.see(/^prompt$/m);
	t.pass();
});

testWithLibvirtd('a command of exec beside the prompt has a pane as its terminal; closing the pane hangs up', async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sleep 100');
	terminal.type(
		`exec ${terminal.name} --tty -- sh -c 'trap "echo hung up; exit 0" HUP; tty; stty size; read line; echo "<$line>"; while :; do sleep 0.1; done' &\r`,
	);
	await terminal.see(/─ (\d) \S+ exec-1/);
	await terminal.see(/^\/dev\/tty\d+$/m);
	terminal.type('echo the prompt is free\r');
	await terminal.see(/^the prompt is free$/m);
	const [, number = ''] = /─ (\d) \S+ exec-1/.exec(terminal.lines().join('\n')) ?? [];
	terminal.type(`\x1b${number}typed\r`);
	await terminal.see(/^<typed>$/m);
	terminal.type('\x1d');
	await terminal.see('1 job');
	terminal.type(`view console ${terminal.name} exec-1 --close\r`);
	await terminal.see(/\[1\] (?:done|status 143)/);
	t.notRegex(terminal.lines().join('\n'), /exec-1 *─/);
});

testWithLibvirtd('what is typed during a start is kept, and ^C ends the running command only', async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sleep 100');
	terminal.type('wait\recho after\r');
	await terminal.see('1 waiting');
	terminal.type('\x03');
	await terminal.see(/^after$/m);
	terminal.type('list\r');
	await terminal.see(new RegExp(`${terminal.name} +running`));
	t.pass();
});

testWithLibvirtd('a sandbox that dies says why, with the tail of its log, and its console stays to be read', async (t) => {
	const terminal = await openWithSandbox(t, "/bin/sh -c 'read line; echo broken; exit 3'");
	await enterConsole(terminal);
	terminal.type('go\r');
	await terminal.see(`Sandbox '${terminal.name}' has ended with status 3`);
	await terminal.see(/^ {2}broken/m);
	await terminal.see('tty (ended)');
	t.true(terminal.lines().some((line) => line.startsWith('broken')));
});

testWithLibvirtd('the XML pane follows changes and marks them', async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sh');
	terminal.type('view xml\r');
	await terminal.see(`XML ${terminal.name}`);
	terminal.type('set memory 256M\r');
	await terminal.see("+   <memory unit='KiB'>262144</memory>");
	await terminal.see(/lines? changed/);
	terminal.type('undo\r');
	await terminal.see("<memory unit='KiB'>524288</memory>");
	t.pass();
});

testWithLibvirtd('a command beside the prompt is a job, and fg waits for it', async (t) => {
	const terminal = await openWithSandbox(t, "/bin/sh -c 'read line; exit 0'");
	terminal.type('wait &\r');
	await terminal.see(/^\[1\] wait$/m);
	await terminal.see('1 job');
	terminal.type('jobs\rfg\r');
	await terminal.see('▶ fg');
	await enterConsole(terminal);
	terminal.type('go\r');
	await terminal.see(/\[1\] done: wait/);
	t.pass();
});

testWithLibvirtd('a job takes nothing that is typed at the prompt, and ^C there does not reach it', async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sleep 100');
	terminal.type(`exec ${terminal.name} -- sh -c 'read line; echo "got <$line>"; sleep 100' &\r`);
	await terminal.see(/^got <>$/m);
	await terminal.see(/1 job.*F1 keys *$/m);
	terminal.type('\x03echo mine\r');
	await terminal.see(/^mine$/m);
	terminal.type('jobs\r');
	await terminal.see(/^ +1 +exec /m);
	terminal.type('fg\r');
	await terminal.see('▶ fg');
	terminal.type('\x03');
	await terminal.see(/\[1\] status 130: exec/);
	t.pass();
});

testWithLibvirtd('lines that are typed while a command runs are commands; M-i gives it its input', async (t) => {
	const {name, type, see} = await openWithSandbox(t, '/bin/sleep 100');
	type(`exec ${name} -- sh -c 'read line; echo "got <$line>"; sleep 1'\r`);
	await see('M-i input  ^C cancel');
	type('echo ahead\r');
	await see('1 waiting');
	type("\x1bithat's it\r");
	await see(/^got <that's it>$[^]*^ahead$/m);
	// It ends after the first line, while more is typed for it.
	await see('not run>');
	type('echo never\recho again\r');
	await see(/^not run> echo never\n\.\.\. echo again\n\.\.\. *$/m);
	type('\x03echo mine\r');
	await see(/^mine$/m);
	type(`exec ${name} -- cat\r\x1bicopied\r\x04echo end''ed\r`);
	await see(/^copied\n(?:copied\n\^D|\^D\ncopied)\n[^]*^ended$/m);
	t.pass();
});

testWithLibvirtd('what stays when the session ends is told below what it left on the terminal', async (t) => {
	const terminal = await openScreenSession(t);
	const name = freshName();
	t.teardown(() => runProgram(programPath('virt-sandbox-shell'), ['-q', '-c', testLibvirtd().uri, `destroy ${name}`]));
	terminal.type(`new ${name} -- sleep 100; set lifetime keep; start\r`);
	await terminal.see(`Sandbox '${name}' started`);
	terminal.type('quit\r');
	t.is(await terminal.exit(), 0);
	t.regex(terminal.lines().join('\n'), new RegExp(`^Still running: ${name}\n  hint: 'stop NAME' ends one`, 'm'));
});

testWithLibvirtd('^Z gives the terminal to the shell that started the session, and fg comes back to it as it was', async (t) => {
	const state = makeTestDirectory(t);
	const environment = {
		...process.env,
		XDG_STATE_HOME: state,
		PS1: 'outer> ',
		HISTFILE: '',
		PROGRAM: programPath('virt-sandbox-shell'),
		TEST_URI: testLibvirtd().uri,
	};
	const terminal = openTerminal('bash', ['--norc', '--noprofile', '-i'], {columns: 130, rows: 40, environment});
	t.teardown(() => terminal.close());
	const name = freshName();
	await terminal.see('outer> ');
	terminal.type('stty -g\r');
	await terminal.see(/^[0-9a-f:]{60,}$/m);
	terminal.type('clear\r$PROGRAM -c $TEST_URI\r');
	await terminal.see('# ');
	terminal.type(`new ${name}; set command /bin/sleep 100; start\r`);
	await terminal.see(`Sandbox '${name}' started`);
	terminal.type('echo half');
	await terminal.see('echo half');
	terminal.type('\x1a');
	await terminal.see(/Stopped[^]*\nouter> *$/);
	t.deepEqual(terminal.modes(), {alternateScreen: false, mouse: 'none', bracketedPaste: true, applicationKeys: false});
	terminal.type('fg\r');
	await terminal.see(/# echo half$/m);
	terminal.type(' done\rlist\r');
	await terminal.see(new RegExp(`^half done$[^]*${name} +running`, 'm'));
	terminal.type('\x04');
	await terminal.see('[y/n]');
	terminal.type('y');
	await terminal.see(/End it\? yes\nwarning: Ended with the session:[^]*\nouter> *$/);
	terminal.type('stty -g\r');
	await terminal.see(/End it\? yes[^]*^[0-9a-f:]{60,}$/m);
	// The terminal's settings are what they were.
	t.is(new Set(terminal.output().match(/^[0-9a-f:]{60,}(?=\r?$)/gm)).size, 1);
});

testWithLibvirtd('leaving says what dies, and stays when that is not wanted', async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sleep 100');
	terminal.type('\x04');
	await terminal.see(`Ending the session ends ${terminal.name}. End it? [y/n]`);
	terminal.type('n');
	await terminal.see(/End it\? no/);
	terminal.type('echo stays\rquit\r');
	await terminal.see(/^stays$/m);
	await terminal.see(/\[y\/n\] *$/m);
	terminal.type('y');
	t.is(await terminal.exit(), 0);
	t.false(readdirSync('/run/virt-sandbox').includes(terminal.name));
});

testWithLibvirtd('at 40×12 one pane is shown at a time, and a search finds what has scrolled away', async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sh', {columns: 40, rows: 12});
	terminal.type('view consoles\r');
	await terminal.see('^] back to the prompt');
	terminal.type('i=0; while [ $i -lt 60 ]; do echo line-$i; i=$((i+1)); done\r');
	await terminal.see('line-59');
	terminal.type('\x1d\x1bs');
	await terminal.see('Esc back');
	terminal.type('/line-7\r');
	await terminal.see(/line-7\nline-8\n/);
	terminal.type('qecho left\r');
	await terminal.see(/^left$/m);
	t.pass();
});

testWithLibvirtd('the wheel scrolls the pane under it, a click gives it the keys, and typing shows the end again', async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sh');
	await enterConsole(terminal);
	terminal.type('i=0; while [ $i -lt 60 ]; do echo line-$i; i=$((i+1)); done\r');
	await terminal.see(/^line-59$/m);
	terminal.type('\x1b[<64;10;30M\x1b[<64;10;30M');
	await terminal.see(/─ 1 .* ↑6/);
	terminal.type("echo ty''ped\r");
	await terminal.see(/^typed$/m);
	t.false(terminal.lines().some((line) => line.includes('↑')));
	// The prompt is above, the pane below.
	terminal.type('\x1b[<0;10;3M\x1b[<0;10;3mecho clicked\r');
	await terminal.see(/^clicked$/m);
	terminal.type("\x1b[<0;10;30M\x1b[<0;10;30mecho in''side\r");
	await terminal.see(/^inside$/m);
	t.pass();
});

const vim = findVim();
const testWithVim = vim === undefined ? test.skip : testWithLibvirtd;

testWithVim('vim draws in a pane, on the whole screen and in a new size, and leaves nothing behind', async (t) => {
	const terminal = await openWithSandbox(t, `${vim ?? ''} -u NONE -c 'set ruler' /etc/login.defs`);
	await enterConsole(terminal);
	await terminal.see(/^\S.*\n[^]*1,1 +Top/m);
	terminal.type(':vsplit\r');
	await terminal.see(/│|\|/);
	terminal.type('\x1d\x1ba');
	// All but the last row, which is vim's for commands; in a pane the status line would stand there.
	await terminal.see(/^(?:.*\n){38}.*1,1 +Top *$/);
	terminal.resize(100, 30);
	await terminal.see(/^(?:.*\n){28}.*1,1 +Top *$/);
	terminal.type('\x1d');
	await terminal.see('F1 keys');
	terminal.type('\x1b1:qa!\r');
	await terminal.see(`Sandbox '${terminal.name}' has ended`);
	t.deepEqual(terminal.modes(), {alternateScreen: true, mouse: 'vt200', bracketedPaste: true, applicationKeys: false});
});

testWithLibvirtd('a guest in a pane sets neither title nor clipboard nor modes of the terminal', async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sh');
	await enterConsole(terminal);
	terminal.type("printf '\\033]0;owned\\007\\033]52;c;b3duZWQ=\\007\\033[?1000h\\033[?1003h\\033[?1h\\033=\\033[5;10r\\033[?25l'; echo sen''t\r");
	await terminal.see(/^sent/m);
	terminal.type('\x1d');
	await terminal.see('F1 keys');
	t.deepEqual(terminal.modes(), {alternateScreen: true, mouse: 'vt200', bracketedPaste: true, applicationKeys: false});
	t.false(terminal.output().includes('owned\x07'));
	t.false(terminal.output().includes('\x1b]52'));
});

testWithLibvirtd('what another session starts is followed: its console is found by the attach key, and its end is told with its status', async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sleep 100');
	const other = freshName();
	const script = `new ${other}; set command /bin/sh -c 'read line; echo broken; exit 3'; set tty on; start --keep`;
	const started = await runProgram(programPath('virt-sandbox-shell'), ['-c', testLibvirtd().uri, script]);
	t.is(started.status, 0);
	await terminal.see(`● ${other}`);
	terminal.type(`new ${other}\r`);
	await terminal.see(`Sandbox '${other}' defined`);
	terminal.type('\x1ba');
	await terminal.see(`Connected to ${other} tty`);
	terminal.type('go\r');
	await terminal.see(`Sandbox '${other}' has ended with status 3`);
	await terminal.see(/^ {2}broken/m);
	t.pass();
});

testWithLibvirtd("another program's terminal in a sandbox of the session is a console here, with what it said from its first byte on", async (t) => {
	const terminal = await openWithSandbox(t, '/bin/sleep 100');
	const script = 'echo first; while read line; do until [ "$line $(stty size)" != "there 11 50" ]; do sleep 0.1; done; echo "<$line> $(stty size)"; done';
	const words = ['-c', testLibvirtd().uri, '--exec', terminal.name, '--', 'sh', '-c', script];
	const other = openTerminal(programPath('virt-sandbox'), words, {columns: 50, rows: 11});
	t.teardown(() => other.close());
	await other.see(/^first$/m);
	terminal.type(`view console ${terminal.name} exec-1\r`);
	await terminal.see(/─ (\d) \S+ exec-1/);
	await terminal.see(/^first$/m);
	const [, number = ''] = /─ (\d) \S+ exec-1/.exec(terminal.lines().join('\n')) ?? [];
	terminal.type(`\x1b${number}here\r`);
	for (const each of [terminal, other]) await each.see(/^<here> 11 50$/m);
	other.resize(60, 12);
	other.type('there\r');
	for (const each of [terminal, other]) await each.see(/^<there> 12 60$/m);
	terminal.type(`\x1dconsoles ${terminal.name}\r`);
	await terminal.see(/exec-1 +\S.* in use$/m);
	other.type('\x04');
	t.is(await other.exit(), 0);
	await terminal.see(/exec-1 \(ended\)/);
});
