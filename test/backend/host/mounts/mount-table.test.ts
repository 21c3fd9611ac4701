import test from 'ava';
import {parseMountTable, readMountTable, visibleOf} from '../../../../src/backend/host/mounts/mount-table.ts';

test('mountinfo is read, with its optional fields and escapes', (t) => {
	const text = [
		'27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard',
		String.raw`28 27 0:25 / /mnt/a\040b\134c\011 ro,nosuid shared:1 master:2 - tmpfs some\040thing ro,size=4k`,
		String.raw`31 23 0:28 /sub /m\303\244 rw shared:7 - cgroup cgroup rw,cpu,cpuacct`,
		'29 27 0:26 / /mnt/gone//deleted rw - tmpfs tmpfs rw',
		'broken',
		'',
	].join('\n');
	t.deepEqual(parseMountTable(text), [
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

test('what is mounted in another comes after that, and what covers others after them, however old they are', (t) => {
	const line = (id: number, parent: number, place: string): string => `${id} ${parent} 0:${id} / ${place} rw - tmpfs tmpfs rw`;
	const order = (...lines: readonly string[]): string[] => parseMountTable(lines.join('\n')).map(({id}) => id);
	const [root, old, young] = [line(1, 0, '/'), line(2, 3, '/srv/s'), line(3, 1, '/srv/s')];
	t.deepEqual(order(root, old, young), ['1', '3', '2'], 'an older one was moved over a younger one');
	const [above, below] = [line(2, 1, '/srv'), line(3, 1, '/srv/s/d')];
	t.deepEqual(order(root, above, below), ['1', '3', '2'], 'an older one was moved to a directory above');
	t.deepEqual(order(root, above, below, line(4, 2, '/srv/s/d'), line(5, 1, '/opt')), ['1', '3', '5', '2', '4']);
	const usual = [root, line(2, 1, '/a'), line(3, 2, '/a/b'), line(4, 1, '/c'), line(5, 2, '/a/d')];
	t.deepEqual(order(...usual), ['1', '2', '3', '5', '4']);
	const seen = visibleOf(parseMountTable([root, above, below, line(4, 2, '/srv/s/d'), line(5, 4, '/srv/s/d')].join('\n')));
	t.deepEqual(
		seen.map(({id}) => id),
		['1', '2', '5'],
	);
});

test('this host’s own can be read', (t) => {
	t.true(readMountTable().some(({mountPoint}) => mountPoint === '/proc'));
});
