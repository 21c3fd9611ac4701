import test from 'ava';
import {readMountTable} from '../../../src/backend/host/mount-table.ts';

test('mountinfo is read, with its optional fields and escapes', (t) => {
	const text = [
		'27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard',
		String.raw`28 27 0:25 / /mnt/a\040b\134c\011 ro,nosuid shared:1 master:2 - tmpfs some\040thing ro,size=4k`,
		String.raw`31 23 0:28 /sub /m\303\244 rw shared:7 - cgroup cgroup rw,cpu,cpuacct`,
		'broken',
		'',
	].join('\n');
	t.deepEqual(readMountTable(text), [
		{
			id: '27',
			parent: '1',
			device: '254:0',
			root: '/',
			source: '/dev/vda',
			mountPoint: '/',
			fileSystem: 'ext4',
			readonly: false,
			flags: ['rw', 'relatime'],
			options: ['rw', 'discard'],
		},
		{
			id: '28',
			parent: '27',
			device: '0:25',
			root: '/',
			source: 'some thing',
			mountPoint: '/mnt/a b\\c\t',
			fileSystem: 'tmpfs',
			readonly: true,
			flags: ['ro', 'nosuid'],
			options: ['ro', 'size=4k'],
		},
		{
			id: '31',
			parent: '23',
			device: '0:28',
			root: '/sub',
			source: 'cgroup',
			mountPoint: '/mä',
			fileSystem: 'cgroup',
			readonly: false,
			flags: ['rw'],
			options: ['rw', 'cpu', 'cpuacct'],
		},
	]);
});

test('this host’s own can be read', (t) => {
	t.true(readMountTable().some(({mountPoint}) => mountPoint === '/proc'));
});
