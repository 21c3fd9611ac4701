import test from 'ava';
import {freeName} from '../../../src/backend/start/create-domain.ts';

const names = (...numbers: readonly number[]): ReadonlySet<string> => new Set(numbers.map((number) => `sandbox-${number}`));

test('the first name that is free is taken, whatever chance says', (t) => {
	t.is(freeName(names(), names(), 0.99), 'sandbox-1');
	t.is(freeName(names(1, 2, 4), names(), 0.99), 'sandbox-3');
});

test('who was too late chooses among more names each time', (t) => {
	t.is(freeName(names(), names(1), 0), 'sandbox-2');
	t.is(freeName(names(), names(1), 0.99), 'sandbox-5');
	t.is(freeName(names(2), names(1, 3), 0.99), 'sandbox-19');
	t.is(freeName(names(), new Set(Array.from({length: 40}, (_, index) => `sandbox-${index + 1}`)), 0.999), 'sandbox-552');
});
