import test from 'ava';
import {notSeen} from '../../../../src/backend/host/files/not-seen.ts';

test('what is missing is told from what the caller may not look at', (t) => {
	const missing = notSeen('/nowhere', {hint: 'Make it first', cause: Object.assign(new Error('no such file'), {code: 'ENOENT'})});
	t.like(missing, {code: 'not-found', message: 'The host has no /nowhere', hint: 'Make it first'});
	const stale = notSeen('/mnt/x', {hint: 'Make it first', cause: Object.assign(new Error('stale file handle'), {code: 'ESTALE'})});
	t.like(stale, {code: 'refused', message: '/mnt/x cannot be looked at (ESTALE)'});
	const cause = Object.assign(new Error('permission denied'), {code: 'EACCES'});
	const closed = notSeen('/root/x', {hint: 'Make it first', cause});
	t.like(closed, {code: 'refused', message: '/root/x cannot be looked at: you may not enter a directory on the way to it', cause});
});
