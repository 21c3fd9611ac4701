import test from 'ava';
import {splitKeys, type Key} from '../../../src/ui/keys/decode-keys.ts';
import {createKeyDecoder} from '../../../src/ui/keys/key-decoder.ts';
import {createKeymap, describeKey, keyTable, readKeyChanges} from '../../../src/ui/keys/key-table.ts';

function describe(keys: readonly Key[]): string {
	return keys
		.map((key) => {
			switch (key.kind) {
				case 'text':
					return `'${key.text}'`;
				case 'paste':
					return `paste(${key.text})`;
				case 'mouse':
					return `${key.action}@${key.column},${key.row}`;
				case 'key':
					return key.name;
			}
		})
		.join(' ');
}

const sequences: ReadonlyArray<readonly [bytes: string, keys: string]> = [
	['list\r', "'list' enter"],
	['\x01\x1bb\x7f\t', 'ctrl-a meta-b backspace tab'],
	['\x1b[A\x1bOB\x1b[1;5C\x1b[1;3D\x1b[1;2H', 'up down ctrl-right meta-left shift-home'],
	['\x1b[3~\x1b[5~\x1b[6;5~\x1b[15~\x1bOP', 'delete pageup ctrl-pagedown f5 f1'],
	['\x1b[Z', 'shift-tab'],
	['\x1b[97;5u\x1b[13u\x1b[120u', "ctrl-a enter 'x'"],
	['\x1b\x7f\x1b\r\x1b.', 'meta-backspace meta-enter meta-.'],
	['\x1d\x1f\x1e\x00', 'ctrl-] ctrl-_ ctrl-^ ctrl-@'],
	['\x1b[200~a\x1b[A\rb\x1b[201~c', "paste(a\x1b[A\rb) 'c'"],
	['\x1b[<64;10;5M\x1b[<65;1;1M\x1b[<0;3;4M\x1b[<0;3;4m', 'wheel-up@9,4 wheel-down@0,0 press@2,3 release@2,3'],
	['\x1b[?62;c\x1b[12;40Rx', "'x'"],
	['\x1b]11;rgb:0/0/0\x07y\x1bP1$r0m\x1b\\z', "'y' 'z'"],
	['日é👩‍👧', "'日é👩‍👧'"],
	['\x1b[I\x1b[O', ''],
];

for (const [bytes, keys] of sequences) {
	test(`${JSON.stringify(bytes)} is ${keys}`, (t) => {
		t.is(describe(splitKeys(bytes, false).keys), keys);
	});
	test(`${JSON.stringify(bytes)} byte by byte is ${keys} too`, (t) => {
		const seen: Key[] = [];
		const decoder = createKeyDecoder((some) => seen.push(...some));
		for (const byte of Buffer.from(bytes)) {
			decoder.push(Uint8Array.of(byte));
		}
		decoder.reset();
		// A run of characters may come in several keys.
		t.is(describe(seen).replaceAll("' '", ''), keys.replaceAll("' '", ''));
	});
}

test('a lone ESC waits for what follows, and is the Escape key when nothing does', (t) => {
	t.deepEqual(splitKeys('\x1b', false), {keys: [], rest: '\x1b'});
	t.is(describe(splitKeys('\x1b', true).keys), 'escape');
	t.is(describe(splitKeys('\x1b\x1b', true).keys), 'escape escape');
});

test('a paste is not a key before its end has come', (t) => {
	t.deepEqual(splitKeys('\x1b[200~rm', true), {keys: [], rest: '\x1b[200~rm'});
});

test('no key means two things in one place', (t) => {
	// The prompt has those of the line and of the screen.
	for (const places of [['line', 'screen'], ['pane']]) {
		const taken = Object.values(keyTable).flatMap(({keys, place}) => (places.includes(place) ? keys : []));
		t.deepEqual(
			taken.filter((key, index) => taken.indexOf(key) < index),
			[],
		);
	}
});

test('a configuration puts other keys in place of the usual ones', (t) => {
	const keymap = createKeymap({yank: ['ctrl-v']});
	t.is(keymap.find('line', 'ctrl-v'), 'yank');
	t.is(keymap.find('line', 'ctrl-y'), undefined);
	t.is(keymap.find('line', 'ctrl-a'), 'line-start');
});

test('a configuration that names what is none is refused, with the nearest', (t) => {
	t.deepEqual(readKeyChanges({yank: ['ctrl-v']}, 'x'), {yank: ['ctrl-v']});
	t.like(
		t.throws(() => readKeyChanges({yonk: ['ctrl-v']}, 'x')),
		{message: "'yonk' in 'keys' of x is not something that a key does", hint: "Did you mean 'yank'?"},
	);
	t.throws(() => readKeyChanges({yank: 'ctrl-v'}, 'x'), {message: "The keys of 'yank' in x are not a list of names"});
	t.throws(() => readKeyChanges([], 'x'), {message: "'keys' of x is not an object"});
});

test('a key that a configuration gives to another action is taken from the one that had it', (t) => {
	const keymap = createKeymap({yank: ['ctrl-k']});
	t.is(keymap.find('line', 'ctrl-k'), 'yank');
	t.deepEqual(
		keymap.bindings.filter(({place, keys}) => place === 'line' && keys.includes('ctrl-k')).map(({help}) => help),
		['put in what was killed last'],
	);
});

test('keys are written as people write them', (t) => {
	t.deepEqual(['ctrl-a', 'meta-b', 'meta-backspace', 'shift-tab', 'f1', 'ctrl-left', 'q', 'ctrl-]'].map(describeKey), [
		'^A',
		'M-b',
		'M-Backspace',
		'Shift-Tab',
		'F1',
		'^←',
		'q',
		'^]',
	]);
});
