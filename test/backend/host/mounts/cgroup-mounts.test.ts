import test from 'ava';
import {cgroupMounts} from '../../../../src/backend/host/mounts/cgroup-mounts.ts';

const mount = (mountPoint: string, fileSystem: string) => ({mountPoint, fileSystem, readonly: false, flags: [], options: []});

test('control groups are where they usually are, then where the way is root’s alone, and nowhere else', (t) => {
	const table = [
		mount('/home/u/sys/fs/cgroup/pids', 'cgroup'),
		mount('/opt/groups', 'cgroup2'),
		mount('/tmp', 'tmpfs'),
		mount('/sys/fs/cgroup/pids', 'cgroup'),
	];
	const places = cgroupMounts(table, (directory) => !directory.startsWith('/home/')).map(({mountPoint}) => mountPoint);
	t.deepEqual(places, ['/sys/fs/cgroup/pids', '/opt/groups']);
});
