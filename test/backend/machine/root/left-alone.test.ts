import test from 'ava';
import {isLeftAlone} from '../../../../src/backend/machine/root/left-alone.ts';

// Its timers keep no process.
const alive = setInterval(() => undefined, 1000);
test.after.always('the process may end', () => clearInterval(alive));

test('a machine that is not to be seen yet when what serves it ends is seen to go on without it', async (t) => {
	let looks = 0;
	t.true(await isLeftAlone(Promise.resolve(), {isStopped: () => false, isRunning: () => ++looks > 2}));
});

test('nobody is left alone by what was stopped', async (t) => {
	t.false(await isLeftAlone(Promise.resolve(), {isStopped: () => true, isRunning: () => true}));
});
