import test from 'ava';
import {findLabelFault, type ExpectedLabel} from '../../../src/backend/labels/check-label.ts';
import {categoriesOf, choosePair, isSameContext, upperLevel, withLevel} from '../../../src/backend/labels/levels.ts';

const uuid = 'c7a5fdbd-edaf-4455-926a-d65c16db1809';

test('categories are read in any form', (t) => {
	t.deepEqual(['s0', 's0:c5,c2', 's0:c1.c3', 's0:c7,c1.c2', 's0:x'].map(categoriesOf), [[], [2, 5], [1, 2, 3], [1, 2, 7], []]);
	t.deepEqual(['s0', 's0-s0:c0.c1023', 's0:c1,c2'].map(upperLevel), ['s0', 's0:c0.c1023', 's0:c1,c2']);
});

const compares = test.macro({
	exec(t, one: string, other: string, same: boolean) {
		t.is(isSameContext(one, other), same);
	},
	title: (_, one, other, same) => `'${one}' and '${other}' are ${same ? 'the same' : 'different'}`,
});
test(compares, 'u:r:t:s0:c5,c2', 'u:r:t:s0:c2,c5', true);
test(compares, 'u:r:t:s0:c1.c2', 'u:r:t:s0:c1,c2', true);
test(compares, 'u:r:t:s0-s0', 'u:r:t:s0', true);
test(compares, 'u:r:t:s0-s0:c1', 'u:r:t:s0:c1', false);
test(compares, 'u:r:t:s0', 'u:r:t:s0:c1', false);
test(compares, 'u:r:t:s0', 'u:r:other:s0', false);
test(compares, 'u:r:t:s0', 'u:r:t:s1', false);

test('a pair is of two categories, in order, and nobody else has it', (t) => {
	const numbers = [7, 7, 4, 2, 9, 1];
	t.is(
		choosePair(['u:r:t:s0:c2,c4', ''], () => numbers.shift() ?? 0),
		's0:c1,c9',
	);
	t.is(withLevel('u:r:t:s0', 's0:c1,c9'), 'u:r:t:s0:c1,c9');
});

const finds = test.macro({
	exec(t, expected: ExpectedLabel, actual: string, fault: string | undefined) {
		t.is(findLabelFault(expected, actual, uuid), fault);
	},
	title: (_, expected, actual) => `of '${actual}' where ${JSON.stringify(expected)} was to be`,
});
const own: ExpectedLabel = {model: 'selinux', type: 'container_t'};
test(finds, own, 'u:r:container_t:s0:c1,c2', undefined);
test(finds, own, 'u:r:container_t:s0', "'u:r:container_t:s0' has no pair of categories");
test(finds, own, 'u:r:container_t:s0-s0:c0.c1023', "'u:r:container_t:s0-s0:c0.c1023' has no pair of categories");
test(finds, own, 'u:r:virtd_lxc_t:s0', "its type is 'virtd_lxc_t', not 'container_t'");
test(finds, own, '', 'it has none');
test(finds, {...own, label: 'u:r:container_t:s0:c1,c2'}, 'u:r:container_t:s0:c2,c1', undefined);
test(finds, {...own, label: 'u:r:container_t:s0:c1,c2'}, 'u:r:container_t:s0:c1,c3', "it is 'u:r:container_t:s0:c1,c3', not 'u:r:container_t:s0:c1,c2'");
test(finds, {model: 'apparmor'}, `libvirt-${uuid}`, undefined);
test(finds, {model: 'apparmor'}, 'unconfined', `it is 'unconfined', not 'libvirt-${uuid}'`);
test(finds, {model: 'dac', label: '+1:+1'}, '+1:+1', undefined);
test(finds, {model: 'dac', label: '+1:+1'}, '+0:+0', "it is '+0:+0', not '+1:+1'");
