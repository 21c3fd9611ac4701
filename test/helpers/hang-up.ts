import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {spawn} from '@lydell/node-pty';
import type {ExecutionContext} from 'ava';
import {programPath} from './run-program.ts';

interface HangUpOptions {
	/** Whether SIGHUP tells the program, or its terminal's end alone. */
	readonly isTold: boolean;
	/** Typed once the first text was seen. */
	readonly typed?: readonly [seen: string, text: string];
	/** The terminal goes once this is seen. */
	readonly last: string;
}

/** Runs virt-sandbox-shell on a terminal that goes away; gives its status, and what it left in its state directory. */
export async function hangUp(t: ExecutionContext, words: readonly string[], {isTold, typed, last}: HangUpOptions) {
	const state = mkdtempSync(join(tmpdir(), 'hangup-'));
	t.teardown(() => rmSync(state, {recursive: true, force: true}));
	const script = isTold ? 'exec "$@"' : 'trap "" HUP; setsid -w "$@"';
	const environment = {...process.env, TERM: 'xterm-256color', NO_COLOR: '1', XDG_STATE_HOME: state};
	const child = spawn('sh', ['-c', script, 'sh', programPath('virt-sandbox-shell'), ...words], {env: environment});
	let output = '';
	let waiting = typed;
	child.onData((data) => {
		output += data;
		if (waiting !== undefined && output.includes(waiting[0])) {
			child.write(waiting[1]);
			output = '';
			waiting = undefined;
		} else if (waiting === undefined && output.includes(last)) {
			// It has that, and its types do not tell.
			const close: unknown = Reflect.get(child, 'destroy');
			if (typeof close === 'function') Reflect.apply(close, child, []);
		}
	});
	const status = await new Promise<string>((resolve) => {
		child.onExit(({exitCode, signal}) => resolve(signal ? `signal ${signal}` : `${exitCode}`));
	});
	const reports = readdirSync(state, {recursive: true, encoding: 'utf8'}).filter((path) => path.includes('crash-'));
	const history = join(state, 'virt-sandbox/history');
	return {
		status,
		crashes: reports.map((path) => readFileSync(join(state, path), 'utf8')),
		history: existsSync(history) ? readFileSync(history, 'utf8') : '',
	};
}
