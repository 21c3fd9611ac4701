import test from 'ava';
import {hangUp} from '../helpers/hang-up.ts';

for (const isTold of [true, false]) {
	test(`a terminal that goes while the screen is drawn is a hangup, and no crash${isTold ? '' : ', also without SIGHUP'}`, async (t) => {
		t.deepEqual(await hangUp(t, ['-q', '-c', 'test:///default'], {isTold, last: '#'}), {status: '129', crashes: [], history: ''});
	});
}
