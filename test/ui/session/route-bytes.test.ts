import test from 'ava';
import {createByteRoute} from '../../../src/ui/session/route-bytes.ts';

/** Types chunks, `wait` between them where a number stands; gives where the bytes went. */
function type(chunks: ReadonlyArray<string | number>, start: string | undefined = 'web'): string[] {
	const log: string[] = [];
	let console: string | undefined = start;
	let now = 0;
	const note = (where: string, bytes: Uint8Array): void => void log.push(`${where}:${Buffer.from(bytes).toString('latin1').replaceAll('\x1d', '^]')}`);
	const route = createByteRoute({
		escape: 0x1d,
		console: () => console,
		toConsole: note,
		toKeys: (bytes) => note('keys', bytes),
		leave() {
			console = undefined;
		},
		enterAgain(key) {
			console = key;
		},
		now: () => now,
	});
	for (const chunk of chunks) {
		if (typeof chunk === 'number') {
			now += chunk;
		} else {
			route(Buffer.from(chunk, 'latin1'));
		}
	}
	return log;
}

test('bytes go to the console as they come', (t) => {
	t.deepEqual(type(['ls\r', '\x03\x1b[A']), ['web:ls\r', 'web:\x03\x1b[A']);
});

test('the escape key leaves, and nothing that is typed with it is lost', (t) => {
	t.deepEqual(type(['ab\x1dcd', 'ef']), ['web:ab', 'keys:cd', 'keys:ef']);
});

test('typed twice it goes to the guest once, and the keyboard stays there', (t) => {
	t.deepEqual(type(['a\x1d\x1db']), ['web:a', 'web:^]', 'web:b']);
	t.deepEqual(type(['\x1d', 100, '\x1d', 'x']), ['web:^]', 'web:x']);
});

test('typed again later it is a key of the prompt', (t) => {
	t.deepEqual(type(['\x1d', 1000, '\x1d']), ['keys:^]']);
});

test('without a console all is for the prompt', (t) => {
	t.deepEqual(type(['list\x1d'], ''), [':list']);
	t.deepEqual(type(['\x1d', 'a'], 'db').at(-1), 'keys:a');
});
