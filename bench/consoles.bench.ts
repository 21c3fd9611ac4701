/** Eight guests that write a megabyte a second each into a running screen: what is captured, how soon a key is echoed meanwhile, and memory. */
import {closeSync, existsSync, fstatSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {readLog} from '../src/backend/session/capture/read-log.ts';
import {openTerminal, type TestTerminal} from '../test/helpers/open-terminal.ts';
import {keyToEcho, printTimes} from './measure.ts';

const uri = process.env['VIRT_SANDBOX_TEST_URI'];
if (uri === undefined) throw new Error('VIRT_SANDBOX_TEST_URI is not set: run `make bench`');
const [consoles, seconds] = [Number(process.env['CONSOLES'] ?? 8), Number(process.env['SECONDS_LONG'] ?? 10)];
const names = Array.from({length: consoles}, (_, index) => `flood-${index}`);
/** A line that is told from all others, 100 bytes on the terminal. */
const linesEach = seconds * 10_000;
const stateRoot = '/run/virt-sandbox';
/** Ten times a second a tenth of a megabyte; waits for USR1 first, and after the last line. */
const flood = `trap go=1 USR1; until [ $go ]; do sleep 0.1; done; n=0; while [ $n -lt ${seconds * 10} ]; do t=$(date +%s%3N); yes "$(printf '%05d %092d' $n 0)" | head -n 1000; n=$((n+1)); left=$((100 - $(date +%s%3N) + t)); [ $left -gt 0 ] && sleep 0.0$(printf '%02d' $((left > 99 ? 99 : left))); done; echo all-written; exec sleep 600`;

/** The most memory that a process has had, in MiB. */
function mostMemory(pid: number): number {
	return Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024;
}

/** Whether a log has the last line; read from its end, since all are long. */
function isWhole(path: string): boolean {
	const log = openSync(path, 'r');
	try {
		const tail = Buffer.alloc(64);
		const length = readSync(log, tail, 0, tail.length, Math.max(0, fstatSync(log).size - tail.length));
		return tail.toString('latin1', 0, length).includes('all-written');
	} finally {
		closeSync(log);
	}
}

/** What a sandbox's log has of what it wrote. */
async function captured(statePath: string): Promise<string> {
	let lines = 0;
	let begun = '';
	let dropped = 'nothing dropped';
	for await (const {text, isPartial} of readLog(statePath, {console: 'tty'})) {
		begun += text;
		if (isPartial) continue;
		if (/^\d{5} 0+$/.test(begun)) lines++;
		else if (text.includes('dropped')) dropped = text;
		begun = '';
	}
	const size = statSync(join(statePath, 'log', 'tty')).size;
	return `${lines} of ${linesEach} lines, ${(size / 1024 / 1024).toFixed(1)} MiB, ${dropped}`;
}

async function measure(terminal: TestTerminal): Promise<void> {
	for (const name of names) {
		terminal.type(`new ${name}; set command /bin/sh -c '${flood.replaceAll("'", `'\\''`)}'; set tty on; start\r`);
		await terminal.see(`Sandbox '${name}' started`);
	}
	terminal.type('\x0cview console flood-0\rview console flood-1 --below\r');
	await terminal.see(/─ .*flood-1 tty ─/);
	printTimes('Key to echo beside eight silent consoles', {'200×50': await keyToEcho(terminal, 50)});
	const before = mostMemory(terminal.pid);
	terminal.type(`\x0c${names.map((name) => `signal ${name} USR1`).join('; ')}; echo all''-begun\r`);
	await terminal.see(/^all-begun$/m);
	const begun = performance.now();
	const echo = await keyToEcho(terminal, 100);
	printTimes('Key to echo while all eight write 1 MB/s', {'200×50': echo});
	const logs = readdirSync(stateRoot)
		.map((id) => join(stateRoot, id))
		.filter((path) => existsSync(join(path, 'log', 'tty')));
	const late = AbortSignal.timeout(120_000);
	while (!logs.every((path) => isWhole(join(path, 'log', 'tty')))) {
		await wait(200, undefined, {signal: late});
	}
	console.log(
		`  all written after ${((performance.now() - begun) / 1000).toFixed(1)} s; memory at most ${mostMemory(terminal.pid).toFixed(0)} MiB, ${before.toFixed(0)} before`,
	);
	for (const path of logs) {
		console.log(`  ${await captured(path)}`);
	}
}

const state = mkdtempSync(join(tmpdir(), 'bench-'));
const environment = {...process.env, XDG_STATE_HOME: state};
const terminal = openTerminal(join(import.meta.dirname, '../bin/virt-sandbox-shell'), ['-c', uri], {columns: 200, rows: 50, environment});
try {
	await terminal.see('# ');
	await measure(terminal);
	terminal.type('\x04');
	await terminal.see('[y/n]');
	terminal.type('y');
	await terminal.exit();
} finally {
	terminal.close();
	rmSync(state, {recursive: true});
}
