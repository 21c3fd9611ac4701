import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {isDeepStrictEqual, stripVTControlCharacters} from 'node:util';
import type {ExecutionContext} from 'ava';
import {findSandbox} from '../../src/backend/session/find-sandbox.ts';
import {cellsOf} from '../helpers/screen-cells.ts';
import {testLibvirtd} from '../helpers/libvirtd.ts';
import {testWithMachines} from '../helpers/machine.ts';
import {openTerminal, type TestTerminal} from '../helpers/open-terminal.ts';
import {programPath} from '../helpers/run-program.ts';
import {rootCaller} from '../helpers/run-sandbox.ts';
import {makeTestDirectory} from '../helpers/screen-session.ts';
import {findVim} from '../helpers/vim.ts';

/** How long the session is stopped by ^Z, in milliseconds. */
const stoppedMs = Number(process.env['VIRT_SANDBOX_TEST_STOPPED_MS'] ?? 5000);
const modes = {alternateScreen: false, mouse: 'none', bracketedPaste: true, applicationKeys: false};
/** Lines that a guest writes while the session is stopped: more than all buffers on the way hold. */
const lineCount = 200_000;

/** An interactive shell to which the libvirtd of the tests is the host's own, so that containers and machines need no -c. */
function openOuterShell(t: ExecutionContext, columns: number, rows: number): TestTerminal {
	const environment = {
		...process.env,
		XDG_STATE_HOME: makeTestDirectory(t),
		PS1: 'outer> ',
		HISTFILE: '',
		LC_ALL: 'C.UTF-8',
		PROGRAM: programPath('virt-sandbox-shell'),
		SOCKET: testLibvirtd().socket,
	};
	const script = 'mount -t tmpfs -o mode=755 tmpfs /run/libvirt && ln -s "$SOCKET" /run/libvirt/libvirt-sock && exec bash --norc --noprofile -i';
	const terminal = openTerminal('unshare', ['--mount', 'sh', '-c', script], {columns, rows, environment});
	t.teardown(() => terminal.close());
	return terminal;
}

/** Vim on a terminal of its own, nothing between. */
function openBareVim(t: ExecutionContext, vim: string, columns: number, rows: number): TestTerminal {
	const directory = makeTestDirectory(t);
	execFileSync('sh', ['-c', writeSource], {cwd: directory});
	const terminal = openTerminal(vim, vimWords, {columns, rows, cwd: directory, environment: {...process.env, LC_ALL: 'C.UTF-8'}});
	t.teardown(() => terminal.close());
	return terminal;
}

const vimWords = ['-u', 'NONE', '-i', 'NONE', '-n', '-c', 'set nocompatible ruler hlsearch list | silent! syntax on', 'story.c'];
const writeSource = String.raw`seq 1 80 | sed 's,.*,\tint line_&; /* 漢字 größe & */,' >story.c`;

/** What was captured, as it was written: without times, and lines that came in parts as one. */
function readCapture(file: string): string {
	const records = readFileSync(file, 'utf8').replaceAll(/^\d+([ +])([^\n]*)\n/gm, (_, mark: string, text: string) => text + (mark === '+' ? '' : '\n'));
	return records.replaceAll('\r', '');
}

for (const [columns, rows] of [
	[80, 24],
	[200, 50],
	[40, 12],
] as const) {
	testWithMachines(`a whole session at ${columns}×${rows}`, async (t) => {
		t.timeout(300_000 + stoppedMs);
		/** Only what has the keys is shown. */
		const isSmall = rows < 18;
		const [c, m] = [`c${columns}-${process.pid}`, `m${columns}-${process.pid}`];
		const terminal = openOuterShell(t, columns, rows);
		const {see, until, type} = terminal;
		const enter = async (key: number): Promise<void> => {
			type(`\x1b${key}`);
			await see('^] back to the prompt');
		};
		const leave = async (): Promise<void> => {
			type('\x1d');
			await see('F1 keys');
		};
		await see('outer> ');
		type('stty -g\r');
		await see(/^[0-9a-f:]{40,}/m);

		t.log('definitions, with Tab; the XML pane follows');
		type('clear\r$PROGRAM\r');
		await see('# ');
		type(`new ${c} --back\tcon\t\r`);
		await see(`Sandbox '${c}' defined`);
		type('set comm\t/bin/sh; set tt\ton; set shell on\r');
		await see(/^shell: +on/m);
		type('view xml\r');
		await see(`XML ${c}`);
		type(isSmall ? 'qset memory 200M\r\x1bo' : 'set memory 200M\r');
		await see(/\+ +<memory unit='KiB'>204800/);
		type(isSmall ? 'qundo\r\x1bo' : 'undo\r');
		await until(() => !terminal.lines().some((line) => line.includes('204800')), 'the XML as it was');
		type(`${isSmall ? 'q' : ''}new ${m} --back\tma\t-- /bin/sh\r`);
		await see(`Sandbox '${m}' defined`);
		type(isSmall ? 'set tty on\r\x1bo' : 'set tty on\r');
		await see(`XML ${m}`);
		type(`${isSmall ? 'q' : ''}view xml --close\r`);

		t.log('a start, and what is typed meanwhile');
		type(`start ${c}; start ${m}\recho ahead-1\recho ahead-2\r`);
		await see(`Sandbox '${m}' started`);
		await see(/^ahead-1$[^]*^ahead-2$/m);

		t.log('three consoles in panes: a flood, vim, top');
		for (const console of [`${c} tty`, `${c} shell`, `${m} tty`]) {
			type(`view console ${console}\r`);
			await see(new RegExp(`─ \\d ${console}`));
			if (isSmall) {
				await leave();
			}
		}
		await enter(1);
		type('i=0; while :; do i=$((i+1)); echo flood-$i; done\r');
		await see(/flood-\d{4}/);
		await leave();
		await enter(4);
		type('busybox top -d 1\r');
		await see(/Mem: \d+K used/);
		await leave();
		const vim = findVim();
		if (vim !== undefined) {
			const bare = openBareVim(t, vim, columns, rows - 2);
			type('\x1bz');
			await enter(2);
			type(`cd /tmp; ${writeSource}; LC_ALL=C.UTF-8 ${[vim, ...vimWords].map((word) => `'${word}'`).join(' ')}\r`);
			const compare = async (height: number, y: number): Promise<void> => {
				const seen = () => cellsOf(terminal.emulator, {x: 0, y, columns, rows: height});
				const wanted = () => cellsOf(bare.emulator, {x: 0, y: 0, columns, rows: height});
				const isAlike = (): boolean => isDeepStrictEqual(seen(), wanted());
				try {
					// Either may be the later one.
					await Promise.race([until(isAlike, 'what bare vim shows'), bare.until(isAlike, 'what vim in the sandbox shows')]);
				} catch (error) {
					t.deepEqual(seen(), wanted());
					throw error;
				}
			};
			await bare.see('line_1;');
			await see('line_1;');
			for (const each of [bare, terminal]) {
				each.type('/line_4\rohello 漢字 größe\x1b:vsplit\r');
				await each.see('hello');
				await each.see(/1,1|5,\d+/);
			}
			await compare(rows - 2, 1);
			t.log('vim on the whole screen');
			bare.resize(columns, rows);
			await leave();
			type('\x1ba');
			await until(() => terminal.lines()[rows - 2]?.includes('5,20') === true, 'vim in its new size');
			// The narrow pane between has moved the windows of one of the two.
			for (const each of [bare, terminal]) {
				each.type('\x1b:only|redraw!\rgg');
			}
			await compare(rows, 0);
			type('\x1d');
			await see('F1 keys');
			await enter(2);
			type('\x1b:qa!\r');
			await leave();
		}

		t.log('attached, another size, and back');
		await enter(1);
		type('\x03');
		await see(/\^C[^]*^#(?: |$)/m);
		await leave();
		type('\x1ba');
		await see('Escape character is ^]');
		for (const [wide, high] of [
			[columns, rows],
			[columns + 7, rows + 3],
			[columns, rows],
		] as const) {
			terminal.resize(wide, high);
			type(`clear; until [ "$(stty size)" = '${high} ${wide}' ]; do sleep 0.1; done; echo now ${high}x${wide}\r`);
			await see(new RegExp(`^now ${high}x${wide}$`, 'm'));
		}
		type('\x1d');
		await see('F1 keys');

		t.log('what has scrolled away is found');
		await enter(1);
		type('clear; seq -f needle-%.0f 1 500\r');
		await see('needle-500');
		await leave();
		type('\x1bs');
		await see('Esc back');
		type('/needle-77\r');
		await see(/needle-77\b/);
		type('q');
		await see('F1 keys');

		t.log('^C ends a command and no guest');
		type(`wait ${c}\r`);
		await see('▶ wait');
		type('\x03');
		await see('F1 keys');

		t.log('^Z and fg: guests are alive, and no byte of theirs is lost');
		const {statePath} = findSandbox(c, rootCaller);
		await enter(1);
		type(`seq -f line-%.0f ${lineCount}; echo al''ive\r`);
		await see(/line-\d+/);
		await leave();
		type('echo half');
		await see('echo half');
		type('\x1a');
		await see(/Stopped[^]*outer> *$/);
		t.deepEqual(terminal.modes(), modes);
		await wait(stoppedMs);
		type('fg\r');
		await see(/# echo half$/m);
		await enter(1);
		await see('alive');
		await leave();
		type('\x15');
		const numbers = [...readCapture(join(statePath, 'log/tty')).matchAll(/^line-(\d+)$/gm)].map((match) => Number(match[1]));
		t.deepEqual([numbers.length, numbers.findIndex((number, index) => number !== index + 1)], [lineCount, -1]);
		// The list has what other tests run, too: longer than the screen.
		const before = terminal.output().length;
		type('list\r');
		// Where the columns do not fit side by side, each row is a sentence, and what is drawn meanwhile may come between its lines.
		for (const name of [c, m]) {
			await until(() => new RegExp(`${name}\\b[^]{0,400}?running`).test(stripVTControlCharacters(terminal.output().slice(before))), name);
		}

		t.log('a paste does not run by itself');
		type(`\x1b[200~${Array.from({length: 200}, (_, index) => `echo p-${index}`).join('\r')}\x1b[201~`);
		await see('... echo p-199');
		t.false(terminal.lines().some((line) => line.startsWith('p-')));
		type('\x03');

		t.log('the end: what dies is named, and the terminal is as it was');
		type('quit\r');
		await see('[y/n]');
		type('y');
		await see(/End it\? yes\nwarning: Ended with the session:[^]*\nouter> *$/);
		t.deepEqual(terminal.modes(), modes);
		type('clear; stty -g\r');
		await see(/^[0-9a-f:]{40,}/m);
		t.is(new Set(terminal.output().match(/^[0-9a-f:]{60,}(?=\r?$)/gm)).size, 1);
	});
}
