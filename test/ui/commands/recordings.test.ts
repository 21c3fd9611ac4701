import test from 'ava';
import {createRecordings} from '../../../src/ui/commands/running-recordings.ts';
import type {ConsoleEntry} from '../../../src/ui/consoles/console-entry.ts';
import {createEmulator} from '../../../src/ui/consoles/emulator.ts';
import {createRecorder, longestRecording, readRecording} from '../../../src/ui/commands/recordings.ts';

test('a recording reads back what was written, characters that were cut in two included', (t) => {
	const recorder = createRecorder({columns: 100, rows: 30, startMs: 5000, title: 'web tty'});
	const bytes = Buffer.from('é');
	recorder.add(Buffer.from('a\r\n'), 5000);
	recorder.add(bytes.subarray(0, 1), 5100);
	recorder.add(bytes.subarray(1), 5250);
	t.deepEqual(readRecording(recorder.write(), 'x'), {
		columns: 100,
		rows: 30,
		events: [
			{timeMs: 0, text: 'a\r\n'},
			{timeMs: 250, text: 'é'},
		],
	});
	t.deepEqual(JSON.parse(recorder.write().split('\n')[0] ?? ''), {version: 2, width: 100, height: 30, timestamp: 5, title: 'web tty'});
});

test('a recording has a bound', (t) => {
	const recorder = createRecorder({columns: 80, rows: 24, startMs: 0, title: ''});
	const most = longestRecording - 1000;
	recorder.add(Buffer.alloc(most, 'x'), 1);
	t.false(recorder.isFull);
	recorder.add(Buffer.alloc(1000, 'x'), 2);
	t.true(recorder.isFull);
	recorder.add(Buffer.alloc(1, 'x'), 3);
	t.is(recorder.size, most);
});

test('a recording of single bytes, or of what takes more in its file, has the same bound', (t) => {
	for (const chunk of [Buffer.from('x'), Buffer.alloc(10_000)]) {
		const recorder = createRecorder({columns: 80, rows: 24, startMs: 0, title: ''});
		while (!recorder.isFull) recorder.add(chunk, 1);
		const {length} = recorder.write();
		t.true(length <= longestRecording && recorder.size < longestRecording / 5, `${length} of ${recorder.size}`);
	}
});

const broken: ReadonlyArray<readonly [what: string, text: string, message: RegExp]> = [
	['nothing', '', /is not a recording/],
	['another version', '{"version":1}', /is not a recording/],
	['no JSON', 'hello', /is not a recording/],
	['a line that is none', '{"version":2}\n[1,"o"]', /is broken in line 2/],
	['half a line', '{"version":2}\n[1,"o","a"]\n[2,"o', /is broken in line 3/],
];

for (const [what, text, message] of broken) {
	test(`${what} is refused`, (t) => {
		t.throws(() => readRecording(text, "'x.cast'"), {message});
	});
}

test('sizes that are none are the usual ones, and input is passed over', (t) => {
	t.deepEqual(readRecording('{"version":2,"width":-1,"height":"x"}\n[0,"i","secret"]', 'x'), {columns: 80, rows: 24, events: []});
});

test('what is still recorded when the session ends is kept, and said; one that cannot be written hinders no other', async (t) => {
	const taps = new Map<string, (chunk: Uint8Array) => void>();
	const files = new Map<string, string>();
	const entries = ['tty', 'shell'].map((name, index): ConsoleEntry => {
		const emulator = createEmulator({columns: 20, rows: 4, onChange() {}, onAnswer() {}, onPressure() {}, onBell() {}});
		const place = {key: `web ${name} lxc:///`, number: index + 1, sandbox: 'web', name, uri: 'lxc:///'};
		return {...place, emulator, writable: true, state: 'open', unread: false, news: false};
	});
	const recordings = createRecordings({
		consoles: {
			list: () => entries,
			tap(key, listener) {
				taps.set(key, listener);
				return () => taps.delete(key);
			},
		},
		host: {
			writeFile(path, content) {
				if (path === 'full') {
					return Promise.reject(new Error('No space left'));
				}
				files.set(path, String(content));
				return Promise.resolve();
			},
		},
		now: () => 5000,
	});
	for (const [index, entry] of entries.entries()) {
		recordings.begin(entry, ['a.cast', 'full'][index] ?? '');
	}
	taps.get('web tty lxc:///')?.(Buffer.from('hello'));
	t.deepEqual(await recordings.finishAll(), ['Recorded web tty to a.cast', 'The recording of web shell is lost: No space left']);
	t.deepEqual(
		readRecording(files.get('a.cast') ?? '', 'x')
			.events.map(({text}) => text)
			.join(''),
		`${entries[0]?.emulator.replay()}hello`,
	);
	t.is(taps.size, 0);
	t.deepEqual(await recordings.finishAll(), []);
});
