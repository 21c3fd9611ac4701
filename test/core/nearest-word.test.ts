import test from 'ava';
import {didYouMean, nearestWord} from '../../src/core/nearest-word.ts';

const words = ['start', 'stop', 'status', 'mount', 'unmount', 'network', 'ram', 'host-bind'];

const finds = test.macro({
	exec: (t, word: string, expected: string | undefined) => t.is(nearestWord(word, words), expected),
	title: (_, word, expected) => `for '${word}' suggests ${expected ?? 'nothing'}`,
});
test(finds, 'strat', 'start');
test(finds, 'mont', 'mount');
test(finds, 'host_bind', 'host-bind');
test(finds, 'netw', 'network');
test(finds, 'RAM', 'ram');
test(finds, 'rma', 'ram');
test(finds, 'xyzzy', undefined);
test(finds, '', undefined);
test(finds, 'a'.repeat(10_000), undefined);

test('puts the suggestion into a hint', (t) => {
	t.is(didYouMean('wbe', ['web', 'db']), "Did you mean 'web'?");
	t.is(didYouMean('qqqq', ['web', 'db']), undefined);
});
