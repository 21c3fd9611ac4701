import test from 'ava';
import {findSwapCounting} from '../../../../src/backend/container/cgroups/plan-swap.ts';

const first = {mountPoint: '/cg/memory', fileSystem: 'cgroup', readonly: false, flags: [], options: ['rw', 'memory']};
const second = {mountPoint: '/cg', fileSystem: 'cgroup2', readonly: false, flags: [], options: ['rw']};
const nowhere = (): boolean => false;
const empty = (): string => '';

test('version 1 counts memory and swap together, if at all', (t) => {
	t.is(
		findSwapCounting([second, first], (path) => path === '/cg/memory/memory.memsw.limit_in_bytes', empty),
		'together',
	);
	t.is(findSwapCounting([first], nowhere, empty), 'none');
});

test('version 2 counts it apart, where it counts memory', (t) => {
	t.is(
		findSwapCounting([second], nowhere, () => 'cpuset cpu io memory pids\n'),
		'apart',
	);
	t.is(
		findSwapCounting([second], nowhere, () => 'cpu io pids\n'),
		'none',
	);
	t.is(findSwapCounting([], nowhere, empty), 'none');
});
