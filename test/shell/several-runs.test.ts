import {PassThrough} from 'node:stream';
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

test('what runs beside the prompt has empty input and no terminal; the prompt keeps its own', async (t) => {
	const ends: string[] = [];
	const {shell, host} = createMemoryShell({
		sandboxes: {
			exec(name, {size}) {
				const stdin = new PassThrough();
				stdin.once('finish', () => ends.push(`${name} ${size === undefined ? 'without' : 'with'} a terminal`));
				const stdout = new PassThrough();
				stdout.end();
				return Promise.resolve({stdin, stdout, stderr: undefined, kill() {}, resize() {}, exited: Promise.resolve(0)});
			},
		},
	});
	const fed: string[] = [];
	const feed = () => ({stop: () => void fed.push('stopped')});
	const attach = () => ({done: Promise.resolve(), settle: () => Promise.resolve(), detach: () => void fed.push('detached')});
	Object.assign(host, {feed, terminal: {escape: '^]', size: () => ({columns: 80, rows: 24}), attach}});
	const run = async (text: string, place: 'front' | 'beside') => shell.run(await shell.parse({text, name: undefined}), AbortSignal.timeout(5000), place);
	t.is(await run('exec a cat; exec b --tty cat', 'beside'), 0);
	t.deepEqual([ends, fed], [['a without a terminal', 'b without a terminal'], []]);
	t.is(await run('exec c cat; exec d --tty cat', 'front'), 0);
	t.deepEqual([ends.length, fed], [2, ['stopped', 'detached']]);
});
