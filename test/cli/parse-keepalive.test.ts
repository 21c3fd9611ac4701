import test from 'ava';
import {parseKeepalive} from '../../src/cli/parse-keepalive.ts';

const reads = test.macro((t, interval: string | undefined, count: string | undefined, expected: ReturnType<typeof parseKeepalive>) => {
	t.deepEqual(parseKeepalive(interval, count), expected);
});

test('with neither given the connection has its own', reads, undefined, undefined, undefined);
test('an interval of 0 is none', reads, '0', '3', false);
test('an interval has the usual count', reads, '2', undefined, {intervalMs: 2000, count: 5});
test('a count has the usual interval', reads, undefined, '3', {intervalMs: 5000, count: 3});
