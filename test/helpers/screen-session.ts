import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {testLibvirtd} from './libvirtd.ts';
import {openTerminal, type TerminalSettings, type TestTerminal} from './open-terminal.ts';
import {programPath} from './run-program.ts';

/** A directory that is gone at the test's end. */
export function makeTestDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'screen-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

/** Ends a program on a terminal as its user's logout would, waits for that, and lets the terminal go. */
export async function endTerminal(terminal: TestTerminal): Promise<void> {
	try {
		process.kill(terminal.pid, 'SIGTERM');
	} catch {
		// It has ended.
	}
	await terminal.exit().catch(() => undefined);
	terminal.close();
}

/** A session on a screen beside the tests' libvirtd, with a history and definitions of its own. */
export async function openScreenSession(t: ExecutionContext, settings: TerminalSettings & {readonly uri?: string} = {}): Promise<TestTerminal> {
	const environment = {...process.env, XDG_STATE_HOME: makeTestDirectory(t), ...settings.environment};
	const uri = settings.uri ?? testLibvirtd().uri;
	const terminal = openTerminal(programPath('virt-sandbox-shell'), ['-c', uri], {columns: 130, rows: 40, ...settings, environment});
	t.teardown(() => endTerminal(terminal));
	await terminal.see('# ');
	return terminal;
}

let names = 0;

/** The name of a sandbox that no other test has. */
export function freshName(): string {
	return `s${process.pid}-${++names}`;
}

/** The same with a sandbox that runs a command on a terminal. */
export async function openWithSandbox(
	t: ExecutionContext,
	command: string,
	settings: TerminalSettings & {readonly uri?: string} = {},
): Promise<TestTerminal & {readonly name: string}> {
	const terminal = await openScreenSession(t, settings);
	const name = freshName();
	terminal.type(`new ${name}; set command ${command}; set tty on; start\r`);
	await terminal.see(`Sandbox '${name}' started`);
	return {...terminal, name};
}

/** Into the first console, in a pane. */
export async function enterConsole(terminal: TestTerminal & {readonly name: string}): Promise<void> {
	terminal.type('\x1bc');
	await terminal.see(`1 ${terminal.name} tty`);
	terminal.type('\x1b1');
	await terminal.see('^] back to the prompt');
}
