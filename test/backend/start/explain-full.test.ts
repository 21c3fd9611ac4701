import test from 'ava';
import {explainFull} from '../../../src/backend/start/explain-full.ts';

const fault = (code: string): Error => Object.assign(new Error(code), {code, syscall: 'mkdir', path: '/var/tmp/virt-sandbox-1'});

test('a file system that is full, one that is read-only, one of others and a limit of this process each have a cure of their own', (t) => {
	t.like(explainFull(fault('ENOSPC'), '/run/virt-sandbox'), {
		message: 'The sandbox cannot be recorded in /var/tmp: no space or no inodes are left',
		hint: 'See what fills its file system: df /var/tmp; df -i /var/tmp',
	});
	t.like(explainFull(fault('EROFS'), '/run/virt-sandbox'), {
		message: 'The sandbox cannot be recorded in /var/tmp: the file system is read-only',
		hint: 'See how it is mounted: findmnt -T /var/tmp',
	});
	t.like(explainFull(fault('EACCES'), '/run/virt-sandbox'), {
		message: 'The sandbox cannot be recorded in /var/tmp: this user may not write there',
		hint: 'Look at the rights, and at links on the way: namei -l /var/tmp',
	});
	t.like(explainFull(fault('EFBIG'), '/run/virt-sandbox'), {
		message: 'The sandbox cannot be recorded in /var/tmp: a file of it is larger than this process may write',
		hint: 'Raise the limit: ulimit -f unlimited',
	});
	const unread = Object.assign(fault('EACCES'), {syscall: 'open'});
	t.is(explainFull(unread, '/run/virt-sandbox'), unread);
});
