import {once} from 'node:events';
import {PassThrough} from 'node:stream';
import test from 'ava';
import type {TerminalHolder, GuestSession} from '../../../src/backend/types.ts';
import type {Joining, Sandboxes} from '../../../src/commands/sandboxes.ts';
import {ShellError} from '../../../src/core/errors.ts';
import {labelOf} from '../../../src/ui/consoles/console-entry.ts';
import {createConsoleStore} from '../../../src/ui/consoles/console-store.ts';

const here = 'lxc:///system';
const there = 'qemu:///system';

/** Sandboxes whose consoles are streams that the test holds. */
function createGuests(rows: Array<{name: string; state: string}>) {
	const streams = new Map<string, PassThrough>();
	const typed = new PassThrough();
	const asked: string[] = [];
	let isBroken = false;
	let tellConsole = (): void => {};
	const holder: TerminalHolder = {pid: 1, size: {columns: 100, rows: 30}, onSize() {}};
	const sandboxes: Pick<Sandboxes, 'consoles' | 'watchConsoles' | 'console'> = {
		consoles: () => (isBroken ? Promise.reject(new ShellError('refused', 'not now')) : Promise.resolve(rows.map((row) => ({...row, kind: ''})))),
		console(name, console, {uuid = ''}: Joining) {
			const stream = new PassThrough();
			asked.push(`${uuid} ${console ?? ''}`);
			streams.set(`${name} ${console ?? ''}`, stream);
			const session: GuestSession = {
				stdin: console === 'shell' ? typed : new PassThrough(),
				stdout: stream,
				stderr: undefined,
				kill() {},
				resize() {},
				exited: new Promise(() => {}),
				...(console === 'shell' ? {past: {bytes: 4}} : {}),
				...(console?.startsWith('exec') === true ? {holder} : {}),
			};
			return Promise.resolve(session);
		},
		watchConsoles(_name, onConsole) {
			tellConsole = onConsole;
			return Promise.resolve();
		},
	};
	const changed = {wake: (): void => {}};
	const store = createConsoleStore({sandboxes, signal: new AbortController().signal, onChange: () => changed.wake(), onBell() {}});
	const until = async (isThere: () => boolean): Promise<void> => {
		while (!isThere()) {
			await new Promise<void>((resolve) => {
				changed.wake = resolve;
			});
		}
	};
	return {
		store,
		asked,
		typed,
		say: (key: string, text: string) => void streams.get(key)?.write(text),
		holder,
		/** Somebody else begins a command on a terminal, or that ends. */
		async change(row: {name: string; state: string}, isThere: () => boolean) {
			rows.push(row);
			tellConsole();
			await until(isThere);
		},
		fail(value: boolean) {
			isBroken = value;
		},
		/** Ends a console's stream, and waits until the store knows. */
		async end(key: string) {
			streams.get(key)?.end();
			const isOver = () => store.list().some((entry) => `${entry.sandbox} ${entry.name}` === key && entry.state === 'ended');
			await until(isOver);
		},
		numbers: () => store.list().map((entry) => `${entry.number} ${labelOf(entry, store.list())}${entry.state === 'ended' ? ' (ended)' : ''}`),
	};
}

test('consoles keep the number that they came with, also over a restart of their sandbox', async (t) => {
	const {store, numbers, end} = createGuests([
		{name: 'boot', state: 'captured'},
		{name: 'tty', state: 'in use'},
		{name: 'exec-2', state: 'free'},
	]);
	const web = {name: 'web', uri: here, uuid: 'w1'};
	const db = {name: 'db', uri: here, uuid: 'd1'};
	await store.follow([web]);
	await store.follow([web, db]);
	t.deepEqual(numbers(), ['1 web tty', '2 web boot', '3 db tty', '4 db boot']);
	await end('web tty');
	await store.follow([db]);
	t.deepEqual(numbers(), ['1 web tty (ended)', '2 web boot', '3 db tty', '4 db boot']);
	await store.follow([db, {...web, uuid: 'w2'}]);
	t.deepEqual(numbers(), ['1 web tty', '2 web boot', '3 db tty', '4 db boot']);
});

test('a console that comes when no key is left takes the number of one that has ended', async (t) => {
	const {store, numbers, end} = createGuests([{name: 'tty', state: 'captured'}]);
	const refs = Array.from({length: 9}, (_, index) => ({name: `s${index + 1}`, uri: here, uuid: `u${index}`}));
	await store.follow(refs);
	await end('s4 tty');
	await store.follow([...refs, {name: 'new', uri: here, uuid: 'n'}]);
	t.is(numbers()[3], '4 new tty');
	t.is(numbers().length, 9);
});

test('sandboxes of one name on two connections are kept apart', async (t) => {
	const {store, numbers, asked} = createGuests([{name: 'tty', state: 'captured'}]);
	await store.follow([
		{name: 'web', uri: here, uuid: 'h'},
		{name: 'web', uri: there, uuid: 't'},
	]);
	t.deepEqual(asked.toSorted(), ['h tty', 't tty']);
	t.deepEqual(numbers().toSorted(), [`1 web tty (${here})`, `2 web tty (${there})`]);
});

test('a sandbox that could not be joined is asked again, one that was is not', async (t) => {
	const {store, asked, fail, numbers} = createGuests([{name: 'tty', state: 'captured'}]);
	const web = {name: 'web', uri: here, uuid: 'w'};
	fail(true);
	await store.follow([web]);
	t.deepEqual([numbers(), store.followed()], [[], []]);
	fail(false);
	await store.follow([web]);
	await store.follow([web]);
	t.deepEqual([numbers(), asked], [['1 web tty'], ['w tty']]);
});

test('the terminal of a command that somebody else runs is joined when that begins, once, and has the size that it has there', async (t) => {
	const {store, numbers, asked, change, holder} = createGuests([{name: 'tty', state: 'captured'}]);
	await store.follow([{name: 'web', uri: here, uuid: 'w'}]);
	await change({name: 'exec-1', state: 'in use'}, () => store.list().length === 2);
	await change({name: 'exec-2', state: 'in use'}, () => store.list().length === 3);
	t.deepEqual(
		[numbers(), asked],
		[
			['1 web tty', '2 web exec-1', '3 web exec-2'],
			['w tty', 'w exec-1', 'w exec-2'],
		],
	);
	const key = store.list()[1]?.key ?? '';
	const sizeOf = () => {
		const {columns, rows} = store.find(key)?.emulator ?? {columns: 0, rows: 0};
		return {columns, rows};
	};
	store.resize(key, {columns: 20, rows: 5});
	t.deepEqual(sizeOf(), {columns: 100, rows: 30});
	holder.onSize({columns: 132, rows: 43});
	// Both have it; the last that was joined hears of it.
	t.deepEqual(
		store.list().map(({emulator}) => emulator.columns),
		[80, 100, 132],
	);
});

test('what a guest asked its terminal before the console was joined is not answered again', async (t) => {
	const {store, say, typed} = createGuests([{name: 'shell', state: 'captured'}]);
	await store.follow([{name: 'web', uri: here, uuid: 'w'}]);
	// Whether it is alive; then where its cursor is.
	say('web shell', '\x1b[5n');
	say('web shell', '\x1b[6n');
	const [answer] = (await once(typed, 'data')) as [Buffer];
	t.is(answer.toString(), '\x1b[1;1R');
});
