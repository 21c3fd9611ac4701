/** How soon the screen is there, and how soon a key is seen on it: with nothing going on, and while a guest writes without an end. */
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openTerminal} from '../test/helpers/open-terminal.ts';
import {keyToEcho, printTimes, summarise} from './measure.ts';

const uri = process.env['VIRT_SANDBOX_TEST_URI'];
if (uri === undefined) throw new Error('VIRT_SANDBOX_TEST_URI is not set: run `make bench`');
const rounds = Number(process.env['ROUNDS'] ?? 15);
const shell = join(import.meta.dirname, '../bin/virt-sandbox-shell');
const state = mkdtempSync(join(tmpdir(), 'bench-'));
const settings = {columns: 200, rows: 50, environment: {...process.env, XDG_STATE_HOME: state}};

async function firstPrompt(): Promise<number> {
	const begun = performance.now();
	const terminal = openTerminal(shell, ['-c', uri ?? ''], settings);
	try {
		await terminal.see('virt-sandbox # ');
		const took = performance.now() - begun;
		terminal.type('\x04');
		await terminal.exit();
		return took;
	} finally {
		terminal.close();
	}
}

try {
	const prompts: number[] = [];
	for (let round = 0; round < rounds; round++) prompts.push(await firstPrompt());
	printTimes('From exec to the first prompt', {'200×50': summarise(prompts)});

	const terminal = openTerminal(shell, ['-c', uri], settings);
	try {
		await terminal.see('virt-sandbox # ');
		const idle = await keyToEcho(terminal, 50);
		terminal.type('new flood; set command /bin/sh -c "sleep 1; exec yes $(seq -s . 40)"; set tty on; start\r');
		await terminal.see("Sandbox 'flood' started");
		terminal.type('view console flood\r');
		await terminal.see(/(1\.2\.3.*\n){5}/);
		printTimes('From a key to its letter on the screen', {'nothing going on': idle, 'an endless flood in a pane': await keyToEcho(terminal, 50)});
		terminal.type('\x04');
		await terminal.see('[y/n]');
		terminal.type('y');
		await terminal.exit();
	} finally {
		terminal.close();
	}
} finally {
	rmSync(state, {recursive: true});
}
