import {EventEmitter} from 'node:events';
import {PassThrough} from 'node:stream';
import type {ReadStream, WriteStream} from 'node:tty';
import test, {type ExecutionContext} from 'ava';
import xterm from '@xterm/headless';
import {openScreen} from '../../../src/ui/open-screen.tsx';
import type {ScreenSession} from '../../../src/ui/screen-types.ts';
import {commands} from '../../../src/commands/table.ts';
import type {DomainEvent, Following, Sandboxes} from '../../../src/commands/sandboxes.ts';
import {createMemoryShell, absentSandboxes} from '../../shell/memory-shell.ts';

/** A terminal in memory. */
function createTerminal(columns: number, rows: number) {
	const emulator = new xterm.Terminal({cols: columns, rows, allowProposedApi: true, convertEol: true, logLevel: 'off'});
	let changed = Promise.withResolvers<void>();
	let raw = false;
	const output = Object.assign(new EventEmitter(), {
		isTTY: true,
		columns,
		rows,
		writable: true,
		write(data: string | Uint8Array, done?: () => void) {
			emulator.write(data, () => {
				changed.resolve();
				changed = Promise.withResolvers();
				done?.();
			});
			return true;
		},
	});
	const input = Object.assign(new PassThrough(), {
		setRawMode(value: boolean) {
			raw = value;
		},
	});
	const text = (): string => {
		const {active} = emulator.buffer;
		return Array.from({length: active.length}, (_, index) => active.getLine(index)?.translateToString(true) ?? '').join('\n');
	};
	return {
		output: output as object as WriteStream,
		input: input as object as ReadStream,
		type: (keys: string) => void input.write(keys),
		/** As when its other end is closed. */
		hangUp: () => void input.end(),
		text,
		/** Until all that was written is on the screen. */
		settle: () => new Promise<void>((resolve) => void emulator.write('', resolve)),
		isRaw: () => raw,
		isAlternate: () => emulator.buffer.active.type === 'alternate',
		isPasting: () => emulator.modes.bracketedPasteMode,
		async see(wanted: RegExp) {
			const deadline = setTimeout(() => changed.reject(new Error(`${wanted.source} did not come:\n${text()}`)), 10_000);
			while (!wanted.test(text())) {
				await changed.promise;
			}
			clearTimeout(deadline);
		},
	};
}

interface Options {
	readonly sandboxes?: Partial<Sandboxes>;
	readonly banner?: string;
	readonly columns?: number;
	readonly rows?: number;
}

function openSession(t: ExecutionContext, {sandboxes: some = {}, columns = 80, rows = 24, banner}: Options = {}) {
	const terminal = createTerminal(columns, rows);
	const screen = openScreen({
		input: terminal.input,
		output: terminal.output,
		colour: true,
		lent: {escape: '^]', size: () => undefined, attach: () => ({done: Promise.resolve(), settle: () => Promise.resolve(), detach() {}})},
		escapeByte: 0x1d,
		stop: () => Promise.resolve(),
	});
	const sandboxes = {...absentSandboxes, ...some};
	const {shell, session, host} = createMemoryShell({interactive: true, sandboxes: some});
	const added = screen.commands({sandboxes, session, host});
	const end = new AbortController();
	t.teardown(() => end.abort());
	const run: ScreenSession = {
		shell,
		session,
		sandboxes,
		commands: [...commands, ...added],
		history: {lines: () => [], add: () => Promise.resolve(), clear: () => Promise.resolve()},
		banner,
		ended: () => false,
		mayEnd: () => Promise.resolve(true),
		onCommand: () => Promise.resolve(),
		signal: end.signal,
		onGone: () => t.fail('the terminal is there'),
	};
	return {terminal, screen, run, end};
}

test('the first frame has the prompt right below the banner, and the status line at the bottom', async (t) => {
	const {terminal, screen, run} = openSession(t, {banner: 'hello'});
	const done = screen.run(run);
	await terminal.see(/virt-sandbox # /);
	const lines = terminal.text().split('\n');
	t.deepEqual([lines[0], lines[1], lines.length], ['hello', 'virt-sandbox # ', 24]);
	t.regex(lines[23] ?? '', /F1 keys $/);
	terminal.type('\x04');
	t.is(await done, 0);
	await terminal.settle();
	t.deepEqual([terminal.isAlternate(), terminal.isRaw(), terminal.isPasting()], [false, false, false]);
});

test('an error in a component gives the terminal back and is told', async (t) => {
	const {terminal, screen, run} = openSession(t);
	const broken = {
		...run,
		commands: new Proxy([], {
			get: () => {
				throw new Error('a component broke');
			},
		}),
	};
	const done = screen.run(broken);
	terminal.type('x');
	await t.throwsAsync(done, {message: /a component broke/});
	await terminal.settle();
	t.deepEqual([terminal.isAlternate(), terminal.isRaw(), terminal.isPasting()], [false, false, false]);
});

test('a question is answered by y or n, not by what was typed before', async (t) => {
	const {terminal, screen, run} = openSession(t);
	const done = screen.run(run);
	await terminal.see(/virt-sandbox # /);
	const answer = screen.ask('Really?');
	await terminal.see(/Really\? \[y\/n\]/);
	terminal.type('maybe\r');
	terminal.type('y');
	t.true(await answer);
	await terminal.see(/Really\? yes/);
	terminal.type('\x04');
	await done;
});

for (const [when, isEarly] of [
	['while the session goes on', false],
	['before it is drawn', true],
] as const) {
	test(`a terminal that goes ${when} ends it, which is told`, async (t) => {
		const {terminal, screen, run} = openSession(t);
		const gone = Promise.withResolvers<void>();
		if (isEarly) {
			terminal.input.resume();
			terminal.hangUp();
			await new Promise((resolve) => void terminal.input.once('end', resolve));
		}
		const done = screen.run({...run, onGone: gone.resolve});
		if (!isEarly) {
			await terminal.see(/virt-sandbox # /);
			terminal.hangUp();
		}
		await Promise.all([gone.promise, done]);
		t.pass();
	});
}

test('a signal ends a session that asks', async (t) => {
	const {terminal, screen, run, end} = openSession(t);
	const done = screen.run({...run, mayEnd: () => screen.ask('Really?')});
	await terminal.see(/virt-sandbox # /);
	terminal.type('\x04');
	await terminal.see(/Really\? \[y\/n\]/);
	end.abort();
	t.is(await done, 0);
});

test('states follow events; nothing is asked while nothing happens', async (t) => {
	let calls = 0;
	let state = 'running';
	let tell = (_event: DomainEvent): void => {};
	async function* events({onReady}: Following): AsyncGenerator<DomainEvent> {
		onReady?.();
		for (;;) {
			yield await new Promise<DomainEvent>((resolve) => {
				tell = resolve;
			});
		}
	}
	const list = () => {
		calls++;
		return Promise.resolve([{name: 'web', id: '1', state, uri: 'test:///none', uuid: 'w', ours: true}]);
	};
	const {terminal, screen, run} = openSession(t, {sandboxes: {list, events}});
	const done = screen.run(run);
	await terminal.see(/● web/);
	t.is(calls, 1);
	state = 'paused';
	tell({timeMs: 0, name: 'web', event: 'suspended', ours: true});
	await terminal.see(/○ web paused/);
	t.is(calls, 2);
	terminal.type('\x1be');
	await terminal.see(/web suspended/);
	terminal.type('\x04');
	await done;
});

test('a connection that is lost is told at once, and taken up by the next command', async (t) => {
	let isUp = true;
	async function* events({onReady}: Following): AsyncGenerator<DomainEvent> {
		onReady?.();
		if (isUp) {
			isUp = false;
			await new Promise((resolve) => setImmediate(resolve));
			throw new Error('lost');
		}
		yield* [];
		await new Promise(() => {});
	}
	const {terminal, screen, run} = openSession(t, {sandboxes: {list: () => Promise.resolve([]), events}});
	const done = screen.run(run);
	await terminal.see(/The connection to test:\/\/\/none was lost/);
	await terminal.see(/test:\/\/\/none lost/);
	terminal.type('echo x\r');
	await terminal.see(/ test:\/\/\/none +F1 keys/);
	terminal.type('\x04');
	await done;
	t.pass();
});

test('a terminal of size 0×0 counts as one of 80×24', async (t) => {
	const {terminal, screen, run} = openSession(t, {columns: 80, rows: 24});
	Object.assign(terminal.output, {columns: 0, rows: 0});
	const done = screen.run(run);
	await terminal.see(/F1 keys $/m);
	terminal.type('\x04');
	t.is(await done, 0);
});
