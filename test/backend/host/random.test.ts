import test from 'ava';
import {randomBelow, randomHex, randomUuid} from '../../../src/backend/host/random.ts';

test('random bytes are as many as were asked for, and others each time', (t) => {
	t.regex(randomHex(16), /^[0-9a-f]{32}$/);
	t.not(randomHex(16), randomHex(16));
});

test('a UUID is one of random bits, and another each time', (t) => {
	t.regex(randomUuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
	t.not(randomUuid(), randomUuid());
});

test('a number below a limit may be each of them', (t) => {
	const seen = new Set(Array.from({length: 500}, () => randomBelow(4)));
	t.deepEqual(
		[...seen].sort((a, b) => a - b),
		[0, 1, 2, 3],
	);
});
