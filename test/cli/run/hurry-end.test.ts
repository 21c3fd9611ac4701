import {once} from 'node:events';
import test from 'ava';
import type {Sandbox} from '../../../src/backend/types.ts';
import {hurryAt} from '../../../src/cli/run/virt-sandbox-end.ts';
import type {WatchedSignal} from '../../../src/cli/terminal/signal-inbox.ts';
import {createEnding} from '../../../src/cli/run/virt-sandbox-end.ts';

/** A sandbox whose command has ended, and what its end did to it. */
function endedOne() {
	const asked: string[] = [];
	const session = {kill: (signal: number) => void asked.push(`kill ${signal}`)};
	const sandbox = {session, destroy: () => Promise.resolve(void asked.push('destroy'))} as unknown as Sandbox;
	const ending = createEnding(sandbox, false);
	ending.commandEnded(3);
	return {ending, asked};
}

test('a time limit that passes while a sandbox is put away hurries that, and nothing else', async (t) => {
	const {ending, asked} = endedOne();
	const hurry = hurryAt({listen: () => undefined}, () => undefined, ending, 1);
	t.false(hurry.aborted);
	ending.stop(124);
	// Its timer keeps no process alive.
	const alive = setTimeout(() => undefined, 10_000);
	await once(hurry, 'abort');
	clearTimeout(alive);
	t.deepEqual(asked, []);
});

test('a signal that ends programs hurries it at once', (t) => {
	const {ending} = endedOne();
	let send: ((signal: WatchedSignal) => void) | undefined;
	const heard: WatchedSignal[] = [];
	const hurry = hurryAt({listen: (listener) => (send = listener)}, (signal) => heard.push(signal), ending);
	send?.('SIGUSR1');
	t.false(hurry.aborted);
	send?.('SIGTERM');
	t.true(hurry.aborted);
	t.deepEqual(heard, ['SIGUSR1', 'SIGTERM']);
});
