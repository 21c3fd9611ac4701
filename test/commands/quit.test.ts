import test from 'ava';
import {questionAtEnd} from '../../src/commands/quit.ts';

const asks = (living: readonly string[], staying: readonly string[]): Promise<string | undefined> =>
	questionAtEnd({living: () => living, staying: () => Promise.resolve(staying)});

test('what ends with the session is asked about, and what stays is named', async (t) => {
	t.is(await asks([], ['kept']), undefined);
	t.is(await asks(['a', 'b'], []), 'Ending the session ends a, b. End it?');
	t.is(await asks(['a'], ['kept', 'more']), 'Ending the session ends a; kept, more will run on. End it?');
});
