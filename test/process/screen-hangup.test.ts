import {mkdtempSync, readdirSync, readFileSync, rmSync, watch} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {spawn} from '@lydell/node-pty';
import test from 'ava';
import {programPath} from '../helpers/run-program.ts';

test('a terminal that goes while the screen is drawn is a hangup, and no crash', async (t) => {
	const state = mkdtempSync(join(tmpdir(), 'hangup-'));
	t.teardown(() => rmSync(state, {recursive: true, force: true}));
	const told = Promise.withResolvers<void>();
	const watcher = watch(state, (_event, name) => name === 'status' && told.resolve());
	t.teardown(() => watcher.close());
	// In a session of its own it hears of the end of the terminal by that alone, not by a signal.
	const script = 'trap "" HUP; setsid -w "$@"; echo $? >"$XDG_STATE_HOME/new"; mv "$XDG_STATE_HOME/new" "$XDG_STATE_HOME/status"';
	const words = ['-c', script, 'sh', programPath('virt-sandbox-shell'), '-q', '-c', 'test:///default'];
	const child = spawn('sh', words, {env: {...process.env, TERM: 'xterm-256color', XDG_STATE_HOME: state}});
	child.onData(() => {
		// It has that, and its types do not tell.
		const close: unknown = Reflect.get(child, 'destroy');
		if (typeof close === 'function') Reflect.apply(close, child, []);
	});
	await told.promise;
	t.is(readFileSync(join(state, 'status'), 'utf8'), '129\n');
	t.deepEqual(
		readdirSync(state, {recursive: true}).filter((path) => String(path).includes('crash')),
		[],
	);
});
