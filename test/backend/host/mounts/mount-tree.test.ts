import test from 'ava';
import {parseMountTable} from '../../../../src/backend/host/mounts/mount-table.ts';
import {mountTreeOf} from '../../../../src/backend/host/mounts/mount-tree.ts';

const table = parseMountTable(
	[
		'1 1 0:1 / / rw - rootfs rootfs rw',
		'30 1 254:0 / / rw - ext4 /dev/vda rw',
		'31 30 0:20 / /srv/a/b rw - tmpfs t rw',
		'32 31 0:21 /inside /srv/a/b rw - tmpfs t rw',
		'33 30 254:1 /sub /srv/a rw - xfs /dev/vdb rw',
		'34 33 0:22 / /srv/a/c rw - tmpfs t rw',
		'35 30 0:23 / /srv/ab rw - tmpfs t rw',
	].join('\n'),
);

test('a path leads through a mount table as the kernel goes, past what is covered', (t) => {
	const tree = mountTreeOf(table);
	const placeOf = (path: string): string => {
		const place = tree.placeOf(path);
		return `${place?.mount.id} ${place?.device} ${place?.path}`;
	};
	t.is(placeOf('/'), '30 254:0 /');
	t.is(placeOf('/srv'), '30 254:0 /srv');
	t.is(placeOf('/srv/a'), '33 254:1 /sub');
	t.is(placeOf('/srv/a/b/x'), '33 254:1 /sub/b/x', 'what was mounted at /srv/a/b before lies beneath');
	t.is(placeOf('/srv/a/c/x/y'), '34 0:22 /x/y');
	t.is(placeOf('/srv/ab'), '35 0:23 /');
	t.is(mountTreeOf([]).placeOf('/srv'), undefined);
});

test('what lies beneath a mount can be asked for, and of two at one place the last is there', (t) => {
	const stacked = mountTreeOf(table.filter(({id}) => id !== '33'));
	t.is(stacked.placeOf('/srv/a/b/x')?.path, '/inside/x');
	const top = stacked.placeOf('/srv/a/b');
	t.is(top?.mount.id, '32');
	t.is(stacked.placeOf('/srv/a/b', top?.mount)?.mount.id, '31');
});
