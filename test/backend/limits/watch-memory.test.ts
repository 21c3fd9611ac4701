import test from 'ava';
import {tellUsedUp} from '../../../src/backend/limits/watch-memory.ts';

test('what the kernel has ended is told to the first command that fails after it, and to those that are killed with that', (t) => {
	let [hasRunOut, at] = [false, 0];
	const used = tellUsedUp(
		64,
		() => {
			const told = hasRunOut;
			hasRunOut = false;
			return told;
		},
		() => at,
	);
	t.deepEqual([used(137), used(1)], [undefined, undefined], 'nothing was ended yet');
	hasRunOut = true;
	t.deepEqual([used(0), used(3), used(3), used(137)], [undefined, 64, undefined, 64]);
	at = 1000;
	t.is(used(137), undefined);
});
