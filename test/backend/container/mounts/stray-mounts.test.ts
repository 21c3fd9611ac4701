import test from 'ava';
import {findStray} from '../../../../src/backend/container/mounts/check-mounts.ts';
import {parseMountTable} from '../../../../src/backend/host/mounts/mount-table.ts';
import {mountTreeOf} from '../../../../src/backend/host/mounts/mount-tree.ts';

const usual = [
	'40 1 0:20 /1/root / ro - tmpfs t rw',
	'41 40 0:30 / /proc rw - proc proc rw',
	'42 41 0:30 /sys /proc/sys ro - proc proc rw',
	'43 41 0:44 /meminfo /proc/meminfo rw - fuse libvirt rw',
	'44 40 0:31 / /sys ro - sysfs sysfs rw',
	'45 44 0:32 / /sys/kernel/security ro - securityfs s rw',
	'46 44 0:33 / /sys/fs/cgroup rw - cgroup2 c rw',
	'47 46 0:34 / /sys/fs/cgroup rw - tmpfs tmpfs rw',
	'48 40 0:35 / /dev rw - tmpfs devfs rw',
	'49 48 0:36 /0 /dev/console rw - devpts devpts rw',
	'50 40 254:0 /opt /opt ro - ext4 /dev/vda rw',
	'51 50 254:1 / /opt/disk rw - ext4 /dev/vdb rw',
	'52 40 0:37 / /run rw - tmpfs tmpfs rw',
];
const planned = new Set(['/opt', '/run', '/sys/fs/cgroup', '/asked']);

function strayWith(...more: readonly string[]): string | undefined {
	const table = parseMountTable([...usual, ...more].join('\n'));
	return findStray(table, mountTreeOf(table), (place) => planned.has(place))?.mountPoint;
}

test('what libvirt mounts by itself, and what was planned, is no stray', (t) => {
	t.is(strayWith(), undefined);
	t.is(strayWith('60 40 0:33 / /asked rw - cgroup2 c rw'), undefined);
});

test('what the host mounts meanwhile below a directory that is shown is none either, but by what the kernel is told', (t) => {
	t.is(strayWith('60 50 0:60 / /opt/merged rw - overlay o rw'), undefined);
	t.is(strayWith('60 50 0:60 / /opt/root/proc rw - proc p rw'), '/opt/root/proc');
});

for (const [parent, place] of [
	[50, '/opt/groups'],
	[40, '/groups'],
	[44, '/sys/kernel/debug'],
	[52, '/run/groups'],
	[41, '/proc/irq'],
	[48, '/dev/groups'],
] as const) {
	test(`the host's control groups at ${place} are one`, (t) => {
		t.is(strayWith(`60 ${parent} 0:33 / ${place} rw - cgroup2 c rw`), place);
		t.is(strayWith(`60 ${parent} 0:33 / ${place} rw - cgroup c rw,memory`), place);
	});
}

test('what is covered is none', (t) => {
	t.is(strayWith('60 52 0:33 / /run/groups rw - cgroup2 c rw', '61 52 0:61 / /run rw - tmpfs tmpfs rw'), undefined);
});
