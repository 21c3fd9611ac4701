import test from 'ava';
import {parseMachineLine, type MachineLine} from '../../../../src/backend/machine/ports/machine-line.ts';

const reads = test.macro({
	exec(t, line: string, expected: MachineLine | undefined) {
		t.deepEqual(parseMachineLine(line), expected);
	},
	title: (_, line, expected) => `the guest's line ${JSON.stringify(line)} is ${expected === undefined ? 'dropped' : 'taken'}`,
});
test(reads, 'hello', {verb: 'hello'});
test(reads, 'root', {verb: 'root'});
test(reads, 'ready 0', {verb: 'ready', session: 0});
test(reads, 'closed 12', {verb: 'closed', session: 12});
test(reads, 'exit 2 137', {verb: 'exit', session: 2, status: 137});
test(reads, 'wrote 0 52428800 0', {verb: 'wrote', session: 0, counts: {out: 52_428_800, err: 0}});
test(reads, 'wrote 2 - 3', {verb: 'wrote', session: 2, counts: {out: undefined, err: 3}});
test(reads, 'fatal 0 share', {verb: 'fatal', session: 0, word: 'share'});
test(reads, 'hello 1', undefined);
test(reads, 'ready', undefined);
test(reads, 'ready 0 1', undefined);
test(reads, 'ready 9999999999', undefined);
test(reads, 'exit 0', undefined);
test(reads, 'exit 0 256', undefined);
test(reads, 'exit 0 1 2', undefined);
test(reads, 'wrote 0 1', undefined);
test(reads, 'wrote 0 -2 3', undefined);
test(reads, `wrote 0 ${'9'.repeat(16)} 3`, undefined);
test(reads, 'wrote 0 2 3 4', undefined);
test(reads, 'fatal 0', undefined);
test(reads, 'fatal 0 two words', undefined);
test(reads, 'fatal 0 a-b', undefined);
test(reads, 'fatal 0 \u001b[31m', undefined);
test(reads, '', undefined);
