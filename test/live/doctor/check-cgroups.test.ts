import test from 'ava';
import {checkCgroups} from '../../../src/live/doctor/check-host.ts';

const [first, second] = [
	{mountPoint: '/sys/fs/cgroup/memory', fileSystem: 'cgroup'},
	{mountPoint: '/sys/fs/cgroup', fileSystem: 'cgroup2'},
];
const other = {mountPoint: '/tmp', fileSystem: 'tmpfs'};

test('control groups of one kind are fine, and none are missing', (t) => {
	t.like(checkCgroups([other, first]), {state: 'ok', detail: 'legacy'});
	t.like(checkCgroups([second, other]), {state: 'ok', detail: 'unified'});
	t.regex(checkCgroups([first, second]).detail, /^both kinds/);
	t.is(checkCgroups([other]).state, 'missing');
});

test('a second mount of them is named, with what to do', (t) => {
	for (const [mountPoint, mend] of [
		['/opt/cg2', 'umount /opt/cg2'],
		['/sys/fs/cgroups', 'umount /sys/fs/cgroups'],
		['/srv/my root/sys/fs/cgroup', "umount '/srv/my root/sys/fs/cgroup'"],
	] as const) {
		const finding = checkCgroups([second, {mountPoint, fileSystem: 'cgroup2'}]);
		t.like(finding, {state: 'broken', mend});
		t.true(finding.detail.includes(mountPoint));
	}
});
