import test from 'ava';
import {planSwap} from '../../../../src/backend/container/cgroups/plan-swap.ts';
import {defaultSpec} from '../../../../src/spec/default-spec.ts';

const limits = {...defaultSpec.limits, memoryKiB: 1000};

test('a container has as much swap as memory where nobody says otherwise, as far as its host counts that', (t) => {
	t.deepEqual(
		planSwap(limits, 'apart', () => false),
		{counting: 'apart', kib: 1000, isAsked: false},
	);
	t.deepEqual(
		planSwap(limits, 'together', () => true),
		{counting: 'together', kib: 1000, isAsked: false},
	);
	t.deepEqual(
		planSwap(limits, 'together', () => false),
		{counting: 'together', kib: undefined, isAsked: false},
	);
	t.deepEqual(
		planSwap(limits, 'none', () => true),
		{counting: 'none', kib: undefined, isAsked: false},
	);
});

test('what somebody asks for counts, none too', (t) => {
	for (const counting of ['apart', 'together', 'none'] as const) {
		t.deepEqual(
			planSwap({...limits, swapKiB: 0}, counting, () => t.fail() as never),
			{counting, kib: 0, isAsked: true},
		);
	}
});
