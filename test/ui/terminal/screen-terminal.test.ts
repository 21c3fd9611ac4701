import {PassThrough} from 'node:stream';
import type {ReadStream, WriteStream} from 'node:tty';
import test from 'ava';
import type {GuestSession} from '../../../src/backend/types.ts';
import type {Drawing} from '../../../src/ui/drawing.tsx';
import {createScreenTerminal} from '../../../src/ui/terminal/screen-terminal.ts';

function makeTerminal() {
	const attached: string[] = [];
	const input = Object.assign(new PassThrough(), {setRawMode() {}}) as object as ReadStream;
	const written: string[] = [];
	const output = {columns: 80, rows: 24, write: (text: string) => written.push(text) > 0} as object as WriteStream;
	const lent = {
		escape: '^]',
		size: () => undefined,
		attach() {
			attached.push('guest');
			const over = Promise.withResolvers<void>();
			return {done: over.promise, settle: () => Promise.resolve(), detach: over.resolve};
		},
	};
	const terminal = createScreenTerminal(
		{input, output, lent, escapeByte: 0x1d, mouse: false},
		{onKeys() {}, onEnd() {}, onBack() {}, console: () => undefined, toConsole() {}, leave() {}, enterAgain() {}},
	);
	return {terminal, attached, written};
}

function makeGuest(): GuestSession {
	const [stdin, stdout] = [new PassThrough(), new PassThrough()];
	return {stdin, stdout, stderr: undefined, kill() {}, resize() {}, exited: Promise.resolve(0)};
}

test('work that waits for the terminal does not begin once it is closed', async (t) => {
	const {terminal, attached} = makeTerminal();
	const begun = Promise.withResolvers<void>();
	const first = Promise.withResolvers<string>();
	const before = terminal.giveAway(() => {
		begun.resolve();
		return first.promise;
	});
	await begun.promise;
	const waiting = terminal.giveAway(() => Promise.resolve('too late'));
	const guest = terminal.guest.attach(makeGuest(), () => {});
	terminal.close();
	first.resolve('done');
	const outcomes = await Promise.allSettled([before, waiting, guest.done]);
	t.deepEqual(
		outcomes.map((each) => (each.status === 'fulfilled' ? each.value : Reflect.get(Object(each.reason), 'code'))),
		['done', 'interrupted', 'interrupted'],
	);
	t.deepEqual(attached, []);
});

test('neither does work for which the drawing is just being put away', async (t) => {
	const {terminal} = makeTerminal();
	const away = Promise.withResolvers<() => Promise<void>>();
	const asked = Promise.withResolvers<void>();
	const drawing: Drawing = {
		suspend() {
			asked.resolve();
			return away.promise;
		},
		stop() {},
		stopped: new Promise(() => {}),
	};
	terminal.drawn(drawing);
	const waiting = terminal.giveAway(() => {
		t.fail();
		return Promise.resolve();
	});
	await asked.promise;
	terminal.close();
	away.resolve(() => Promise.resolve());
	await t.throwsAsync(waiting, {name: 'ShellError'});
});

test('a guest that leaves before its turn is done', async (t) => {
	const {terminal, attached} = makeTerminal();
	const first = Promise.withResolvers<void>();
	const before = terminal.giveAway(() => first.promise);
	const guest = terminal.guest.attach(makeGuest(), () => {});
	guest.detach();
	await guest.done;
	first.resolve();
	await before;
	await terminal.giveAway(() => Promise.resolve());
	t.deepEqual(attached, []);
});

test('bells in a row ring once, and none while somebody else has the terminal', async (t) => {
	const {terminal, written} = makeTerminal();
	for (let count = 0; count < 1000; count++) terminal.ring();
	t.deepEqual(written, ['\x07']);
	await new Promise((resolve) => void setTimeout(resolve, 150));
	await terminal.giveAway(() => Promise.resolve(terminal.ring()));
	t.is(written.filter((text) => text === '\x07').length, 1);
	terminal.ring();
	t.is(written.filter((text) => text === '\x07').length, 2);
});
