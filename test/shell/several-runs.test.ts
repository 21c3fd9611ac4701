import test from 'ava';
import {createMemoryShell, runInMemory} from './memory-shell.ts';

test('two runs at once have a signal and a stack of scripts each', async (t) => {
	const signals: AbortSignal[] = [];
	const open = Promise.withResolvers<void>();
	const bothWait = Promise.withResolvers<void>();
	const {shell, streams} = createMemoryShell({
		files: {'/home/me/look.vs': 'capabilities; echo done'},
		sandboxes: {
			async capabilities({signal}) {
				signals.push(signal);
				if (signals.length === 2) {
					bothWait.resolve();
				}
				await open.promise;
				signal.throwIfAborted();
				return '<capabilities/>';
			},
		},
	});
	const controllers = [new AbortController(), new AbortController()] as const;
	const runs = controllers.map(async ({signal}) => shell.run(await shell.parse({text: 'source look.vs', name: undefined}), signal));
	await bothWait.promise;
	controllers[1].abort(new DOMException('stop', 'AbortError'));
	open.resolve();
	t.deepEqual(new Set(await Promise.all(runs)), new Set([0, 130]));
	t.deepEqual(new Set(signals), new Set(controllers.map(({signal}) => signal)));
	t.deepEqual(streams(), {stdout: '<capabilities/>\ndone\n', stderr: 'error: Interrupted\n'});
});

test('a fault of our own in a command is told as such, status 70', async (t) => {
	const sandboxes = {capabilities: () => Promise.reject(new TypeError('x is y'))};
	const hint = 'This is a fault of the program itself, and no report of it could be written.';
	t.deepEqual(await runInMemory('capabilities', {sandboxes}), {status: 70, stdout: '', stderr: `error: internal error: x is y\n  hint: ${hint}\n`});
	const {stderr} = await runInMemory('capabilities', {sandboxes, output: 'json'});
	t.deepEqual(JSON.parse(stderr), {v: 1, kind: 'error', code: 'bug', message: 'internal error: x is y', hint});
});

test('of a command that relays a status it is 125', async (t) => {
	const {status} = await runInMemory('new t; run -- true', {sandboxes: {start: () => Promise.reject(new TypeError('x is y'))}});
	t.is(status, 125);
});
