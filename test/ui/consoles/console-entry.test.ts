import test from 'ava';
import {labelOf} from '../../../src/ui/consoles/console-entry.ts';

test('a console is told by its connection only where sandboxes of its name run on two', (t) => {
	const [own, exec, other] = [
		{sandbox: 'web', name: 'tty', uri: 'lxc:///system?socket=/s'},
		{sandbox: 'web', name: 'exec-1', uri: ''},
		{sandbox: 'web', name: 'boot', uri: 'qemu:///system'},
	] as const;
	t.deepEqual(
		[own, exec].map((each) => labelOf(each, [own, exec])),
		['web tty', 'web exec-1'],
	);
	t.deepEqual(
		[own, exec, other].map((each) => labelOf(each, [own, exec, other])),
		['web tty (lxc:///system)', 'web exec-1', 'web boot (qemu:///system)'],
	);
});
