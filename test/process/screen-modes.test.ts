import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {everythingSent, sendEverything} from '../helpers/every-mode.ts';
import {startOwnLibvirtd, testLibvirtd, testWithLibvirtd} from '../helpers/libvirtd.ts';
import {openTerminal, type TestTerminal} from '../helpers/open-terminal.ts';
import {programPath} from '../helpers/run-program.ts';
import {freshName, makeTestDirectory, openWithSandbox} from '../helpers/screen-session.ts';

/** What a person would miss if a program left it changed: the modes of the terminal, and its settings in the kernel. */
async function stateOf(terminal: TestTerminal): Promise<unknown> {
	terminal.type('clear; stty -g; printf "<%s>" qqq\r');
	await terminal.see(/^[0-9a-f:]{60,}\n<qqq>outer> *$/m);
	const {modes, buffer} = terminal.emulator;
	return {...modes, screen: buffer.active.type, settings: terminal.lines().find((line) => /^[0-9a-f:]{60,}$/.test(line))};
}

/** Sends every mode there is from a guest in a pane; the screen takes none of them. */
async function sendInPane(t: ExecutionContext, terminal: TestTerminal, name: string): Promise<void> {
	// Each frame is drawn in one go, by a mode of its own.
	const modes = () => ({...terminal.emulator.modes, synchronizedOutputMode: false});
	const before = modes();
	terminal.type('view consoles\r');
	await terminal.see(`1 ${name} tty`);
	terminal.type('\x1b1');
	await terminal.see('^] back to the prompt');
	for (const line of sendEverything) {
		terminal.type(`${line}\r`);
	}
	await terminal.see(everythingSent);
	terminal.type('\x1d');
	await terminal.see('F1 keys');
	t.deepEqual(modes(), before);
	t.notRegex(terminal.output(), /\x1b\](?:0|4|52|10|11|12);/);
}

/** The same from a guest that has the whole terminal, and keeps it. */
async function sendAttached(terminal: TestTerminal): Promise<void> {
	terminal.type('\x1ba');
	// The guest's screen is drawn over it, with what was sent in the pane: only what the guest says from here on counts.
	await terminal.until(() => terminal.output().includes('Escape character is'), 'the guest on the whole terminal');
	terminal.type("echo att''ached\r");
	await terminal.until(() => /\nattached\r/.test(terminal.output()), 'the guest hears');
	const sent = (): number => terminal.output().split(everythingSent).length;
	const before = sent();
	for (const line of sendEverything) {
		terminal.type(`${line}\r`);
	}
	await terminal.until(() => sent() > before, 'every mode');
	await terminal.until(() => terminal.emulator.modes.applicationKeypadMode, 'a mode that is switched on');
}

async function answerAndLeave(terminal: TestTerminal): Promise<void> {
	terminal.type('\x04');
	await terminal.see('[y/n]');
	terminal.type('y');
}

/** The program that a shell runs in front. */
function childOf(pid: number): number {
	return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').trim().split(' ')[0]);
}

interface Ending {
	readonly what: string;
	/** Ends the session, whose guest has the whole terminal. */
	end(terminal: TestTerminal, libvirtd: {readonly pid: number}): Promise<void>;
}

const endings: readonly Ending[] = [
	{
		what: 'quit',
		async end(terminal) {
			terminal.type('\x1d');
			await terminal.see('F1 keys');
			await answerAndLeave(terminal);
		},
	},
	...(['SIGTERM', 'SIGHUP', 'SIGQUIT'] as const).map((signal) => ({
		what: signal,
		async end(terminal: TestTerminal) {
			process.kill(childOf(terminal.pid), signal);
		},
	})),
	{
		what: 'kill -9 of libvirtd, and quit',
		async end(terminal, libvirtd) {
			process.kill(libvirtd.pid, 'SIGKILL');
			await terminal.see(/connection to .* was lost/);
			terminal.type('\x04');
			await terminal.until(() => terminal.lines().some((line) => /\[y\/n\]|outer>/.test(line)), 'a question or the end');
			if (!terminal.lines().some((line) => line.includes('outer>'))) {
				terminal.type('y');
			}
		},
	},
];

for (const {what, end} of endings) {
	testWithLibvirtd(`a guest sends every mode, in a pane and on the whole screen; after ${what} the terminal is as it was`, async (t) => {
		const libvirtd = what.includes('libvirtd') ? await startOwnLibvirtd(t) : {...testLibvirtd(), pid: 0};
		const environment = {
			...process.env,
			XDG_STATE_HOME: makeTestDirectory(t),
			PS1: 'outer> ',
			HISTFILE: '',
			PROGRAM: programPath('virt-sandbox-shell'),
			TEST_URI: libvirtd.uri,
		};
		const terminal = openTerminal('bash', ['--norc', '--noprofile', '-i'], {columns: 130, rows: 40, environment});
		t.teardown(() => terminal.close());
		await terminal.see('outer> ');
		const before = await stateOf(terminal);
		const name = freshName();
		terminal.type('$PROGRAM -c $TEST_URI\r');
		await terminal.see('virt-sandbox # ');
		terminal.type(`new ${name}; set command /bin/sh; set tty on; start\r`);
		await terminal.see(`Sandbox '${name}' started`);
		await sendInPane(t, terminal, name);
		await sendAttached(terminal);
		await end(terminal, libvirtd);
		await terminal.see(/outer> *$/);
		t.deepEqual(await stateOf(terminal), before);
	});
}

testWithLibvirtd('an interrupt by a signal is one by the key, and who goes on after a stop has the terminal again', async (t) => {
	const terminal = await openWithSandbox(t, 'sleep 300');
	terminal.type(`wait ${terminal.name}\r`);
	await terminal.see(`▶ wait ${terminal.name}`);
	process.kill(terminal.pid, 'SIGINT');
	await terminal.see('F1 keys');
	const settings = () => execFileSync('stty', ['-g', '-F', `/proc/${terminal.pid}/fd/0`], {encoding: 'utf8'});
	const raw = settings();
	process.kill(terminal.pid, 'SIGSTOP');
	execFileSync('stty', ['sane', '-F', `/proc/${terminal.pid}/fd/0`]);
	terminal.emulator.write('\x1b[?1049l\x1b[?1000l\x1b[2J');
	t.not(settings(), raw);
	process.kill(terminal.pid, 'SIGCONT');
	await terminal.until(() => settings() === raw && terminal.emulator.modes.mouseTrackingMode === 'vt200', 'the terminal is the screen’s again');
	terminal.type("echo it' g'oes on\x03echo here\r");
	await terminal.see(/^here *$/m);
});
