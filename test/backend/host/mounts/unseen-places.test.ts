import test from 'ava';
import {parseMountTable, type KnownMount} from '../../../../src/backend/host/mounts/mount-table.ts';
import {findSecondPlaces, findUnseenPlaces, showsUnseen} from '../../../../src/backend/host/mounts/unseen-places.ts';

const closed = [{path: '/var/lib/libvirt'}, {path: '/root/.config/libvirt'}, {path: '/home/bob/.config/libvirt', home: '/home/bob'}];

/** Mount points of a table that show what no sandbox sees. */
function shownBy(...lines: readonly string[]): string[] {
	const table: readonly KnownMount[] = parseMountTable(lines.join('\n'));
	const unseen = findUnseenPlaces(table, closed);
	return table.filter((mount) => !isCovered(mount) && showsUnseen(mount, unseen)).map(({mountPoint}) => mountPoint);
}

function isCovered({mountPoint}: KnownMount): boolean {
	return /^\/(?:dev|run|tmp|proc|sys)(?:\/|$)/.test(mountPoint);
}

const ordinary = [
	'1 1 8:1 / / rw - ext4 /dev/sda1 rw',
	'2 1 0:5 / /dev rw - devtmpfs udev rw',
	'3 2 0:20 / /dev/shm rw - tmpfs tmpfs rw',
	'4 1 0:21 / /run rw - tmpfs tmpfs rw',
	'5 4 0:22 / /run/user/1000 rw - tmpfs tmpfs rw',
	'6 1 0:23 / /proc rw - proc proc rw',
	'7 1 0:24 / /sys rw - sysfs sysfs rw',
];

test('file systems of an ordinary host are seen, those with closed places in them too, and a disk that is mounted in /run as well', (t) => {
	t.deepEqual(
		shownBy(
			...ordinary,
			'10 1 8:2 / /home rw - ext4 /dev/sda2 rw',
			'11 1 8:3 / /boot rw - ext4 /dev/sda3 rw',
			'12 1 8:4 / /var rw - ext4 /dev/sda4 rw',
			'13 1 8:5 / /srv/data rw - xfs /dev/sdb rw',
			'14 4 8:5 / /run/media/bob/data rw - xfs /dev/sdb rw',
			'15 12 8:6 / /var/lib/libvirt/images rw - ext4 /dev/sda6 rw',
			'16 1 8:1 /srv/www /usr/share/www rw - ext4 /dev/sda1 rw',
			'17 1 0:30 / /srv/memory rw - tmpfs tmpfs rw',
			'18 12 8:4 / /var rw - ext4 /dev/sda4 rw',
		),
		[],
	);
});

test('subvolumes of one btrfs are seen, and its top is not', (t) => {
	const subvolumes = [
		'1 1 0:25 /@ / rw - btrfs /dev/sda1 rw',
		'2 1 0:25 /@home /home rw - btrfs /dev/sda1 rw',
		'3 1 0:25 /@var /var rw - btrfs /dev/sda1 rw',
		'4 1 0:25 /@snapshots /.snapshots rw - btrfs /dev/sda1 rw',
	];
	t.deepEqual(shownBy(...subvolumes, '5 1 0:25 / /mnt/top rw - btrfs /dev/sda1 rw'), ['/mnt/top']);
});

for (const [what, line] of [
	['/run', '20 1 0:21 / /srv/chroot/run rw - tmpfs tmpfs rw'],
	['a part of /run', '20 1 0:21 /libvirt /srv/x rw - tmpfs tmpfs rw'],
	['what is mounted in /run', '20 1 0:22 / /srv/x rw - tmpfs tmpfs rw'],
	['/dev/shm', '20 1 0:20 / /srv/chroot/shm rw - tmpfs tmpfs rw'],
	['the whole root', '20 1 8:1 / /srv/mirror rw - ext4 /dev/sda1 rw'],
	['/var/lib', '20 1 8:1 /var/lib /srv/lib rw - ext4 /dev/sda1 rw'],
	['/tmp', '20 1 8:1 /tmp /srv/chroot/tmp rw - ext4 /dev/sda1 rw'],
	['a part of /var/tmp', '20 1 8:1 /var/tmp/a /srv/a rw - ext4 /dev/sda1 rw'],
	["root's home with a closed place", '20 1 8:1 /root /srv/root rw - ext4 /dev/sda1 rw'],
	["a closed place in a user's home", '20 1 8:1 /home/bob/.config/libvirt/qemu /srv/bob rw - ext4 /dev/sda1 rw'],
	['/proc', '20 1 0:23 /sys /srv/sys rw - proc proc rw'],
] as const) {
	test(`a second mount of ${what} shows what no sandbox sees`, (t) => {
		const [mountPoint = ''] = /\/srv\S*/.exec(line.slice(line.indexOf(' /srv'))) ?? [];
		t.deepEqual(shownBy(...ordinary, line), [mountPoint]);
	});
}

test('a file system of its own is looked at where it is by now', (t) => {
	const other = '20 1 8:7 / /var rw - ext4 /dev/sdc rw';
	t.deepEqual(shownBy(...ordinary, other, '21 1 8:7 /lib /srv/lib rw - ext4 /dev/sdc rw'), ['/srv/lib']);
	t.deepEqual(shownBy(...ordinary, other, '21 1 8:7 /spool /srv/spool rw - ext4 /dev/sdc rw'), []);
});

test("a second mount that shows more than a user's closed place is seen, and that is closed there", (t) => {
	const lines = [
		...ordinary,
		'20 1 8:1 /home /srv/homes rw - ext4 /dev/sda1 rw',
		'21 1 8:1 /home/bob /srv/bob rw - ext4 /dev/sda1 rw',
		'22 1 8:1 /home/bob/.config /srv/config rw - ext4 /dev/sda1 rw',
		'23 1 8:1 /home/bob/.config/libvirt /srv/libvirt rw - ext4 /dev/sda1 rw',
		'24 1 8:2 / /srv/other rw - ext4 /dev/sdb rw',
	];
	t.deepEqual(shownBy(...lines), ['/srv/libvirt']);
	const table = parseMountTable(lines.join('\n'));
	t.deepEqual(
		findSecondPlaces(table, findUnseenPlaces(table, closed)).map(({path, home, isLoose}) => [path, home, isLoose]),
		[
			['/srv/homes/bob/.config/libvirt', '/srv/homes/bob', true],
			['/srv/bob/.config/libvirt', '/srv/bob', true],
			['/srv/config/libvirt', '/srv/config', true],
		],
	);
});
