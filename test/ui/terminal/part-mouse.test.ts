import test from 'ava';
import {createMouseParter} from '../../../src/ui/terminal/part-mouse.ts';

function part(...chunks: readonly string[]): string[] {
	const log: string[] = [];
	const note =
		(where: string) =>
		(bytes: Uint8Array): void =>
			void log.push(`${where} ${Buffer.from(bytes).toString('latin1').replaceAll('\x1b', '^[')}`);
	const take = createMouseParter(note('mouse'), note('rest'));
	for (const chunk of chunks) {
		take(Buffer.from(chunk, 'latin1'));
	}
	return log;
}

test('what the mouse does is parted from what is typed, in its order', (t) => {
	t.deepEqual(part('ab\x1b[<64;10;5Mc\xe9\x1b[<0;1;1M\x1b[<0;1;1m'), ['rest ab', 'mouse ^[[<64;10;5M', 'rest c\xe9', 'mouse ^[[<0;1;1M', 'mouse ^[[<0;1;1m']);
});

test('a report may come in parts; keys never wait for the rest of one', (t) => {
	t.deepEqual(part('\x1b[<64;1', '0;5Mx'), ['mouse ^[[<64;10;5M', 'rest x']);
	t.deepEqual(part('\x1b', '[A', '\x1b['), ['rest ^[', 'rest [A', 'rest ^[[']);
	t.deepEqual(part(`\x1b[<${'1'.repeat(40)}`), [`rest ^[[<${'1'.repeat(40)}`]);
});
