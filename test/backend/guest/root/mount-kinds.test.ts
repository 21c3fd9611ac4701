import test from 'ava';
import {requireBindSource} from '../../../../src/backend/guest/root/mount-kinds.ts';

test('what stands after a comma and is not an option of a mount is told, where there is no such file', (t) => {
	t.like(
		t.throws(() => requireBindSource('/etc,r')),
		{
			message: 'The host has no /etc,r',
			hint: "'r' is not an option of a host-bind (ro, rw, relabel=yes, relabel=no), so it counts as a part of the name",
		},
	);
	t.like(
		t.throws(() => requireBindSource('/nowhere')),
		{hint: 'Make it first; an empty source is a temporary directory'},
	);
});
