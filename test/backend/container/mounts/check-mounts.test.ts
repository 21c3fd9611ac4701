import test from 'ava';
import {parseMountTable} from '../../../../src/backend/host/mounts/mount-table.ts';
import {mountTreeOf, type MountTree} from '../../../../src/backend/host/mounts/mount-tree.ts';
import {findExposed, findWrong} from '../../../../src/backend/container/mounts/check-mounts.ts';
import type {LaidMounts} from '../../../../src/backend/container/container-mounts.ts';

const cause = {kind: 'default', text: ''} as const;
const asked = {kind: 'option', text: 'mount'} as const;
const common = {readonly: true, cause};

const planned: LaidMounts = {
	ioDirectory: '/run/virt-sandbox/1/io',
	binds: [
		{...common, target: '/usr', source: '/usr'},
		{...common, target: '/etc', source: '/etc'},
		// What the host itself has mounted there; ours hides it.
		{...common, target: '/etc/hosts', source: '/etc/hosts'},
		{...common, target: '/w', source: '/srv/share'},
		{...common, cause: asked, target: '/w/a b', source: '/srv/project'},
		{...common, target: '/run/sandbox/include-0', source: '/srv/project/file'},
		{...common, target: '/etc/hosts', source: '/run/virt-sandbox/1/io/hosts'},
	],
	hides: [{...common, target: '/w/hidden', of: 'directory'}],
	rams: [
		{...common, readonly: false, target: '/w/ram', sizeKiB: 1},
		{...common, readonly: false, target: '/run', sizeKiB: 1},
	],
	images: [
		{...common, readonly: false, target: '/image', source: '/srv/i', format: 'raw', chain: false},
		{...common, readonly: false, target: '/btrfs', source: '/srv/b', format: 'raw', chain: false},
	],
	guestBinds: [
		{...common, target: '/proc/fs', source: '/proc/fs'},
		{...common, target: '/shown', source: '/usr/share'},
		{...common, target: '/again', source: '/w/ram'},
	],
};

const host = treeOf([
	'30 1 254:0 / / rw - ext4 /dev/vda rw',
	'31 30 0:20 / /run rw - tmpfs t rw',
	'32 30 254:1 /@srv /srv rw - btrfs /dev/vdb rw',
	'33 30 254:0 /var/hosts /etc/hosts rw - ext4 /dev/vda rw',
]);
const lines = [
	'40 1 0:20 /virt-sandbox/1/root / ro - tmpfs t rw',
	'41 40 0:30 / /proc rw - proc proc rw',
	'42 40 254:0 /usr /usr ro - ext4 /dev/vda rw',
	'43 40 254:0 /etc /etc ro - ext4 /dev/vda rw',
	'44 40 254:1 /@srv/share /w ro - btrfs /dev/vdb rw',
	String.raw`45 44 254:1 /@srv/project /w/a\040b ro - btrfs /dev/vdb rw`,
	'46 44 0:20 /virt-sandbox/1/io/empty-directory /w/hidden ro - tmpfs t rw',
	'47 44 0:31 / /w/ram rw - tmpfs tmpfs rw',
	'48 40 7:0 / /image rw - ext4 /dev/loop0 rw',
	'49 40 0:32 /default /btrfs rw - btrfs /dev/loop1 rw',
	'50 41 0:30 /fs /proc/fs ro - proc proc rw',
	'51 40 254:0 /usr/share /shown ro - ext4 /dev/vda rw',
	'52 40 0:31 / /again ro - tmpfs tmpfs rw',
	'53 43 254:0 /var/hosts /etc/hosts ro - ext4 /dev/vda rw',
	'54 53 0:20 /virt-sandbox/1/io/hosts /etc/hosts ro - tmpfs t rw',
	'55 40 0:33 / /run rw - tmpfs tmpfs rw',
	'56 55 0:20 /virt-sandbox/1/io /run/sandbox ro - tmpfs t rw',
	'57 56 254:1 /@srv/project/file /run/sandbox/include-0 ro - btrfs /dev/vdb rw',
];

function treeOf(text: readonly string[]): MountTree {
	return mountTreeOf(parseMountTable(text.join('\n')));
}

/** With a line of the container's table, by the id of its mount, put otherwise or left out. */
function ledAway(id: string, line = ''): string | undefined {
	return findWrong(planned, {host, guest: treeOf(lines.map((each) => (each.startsWith(`${id} `) ? line : each)))})?.place;
}

test('what is mounted as it was planned is led nowhere', (t) => {
	t.is(ledAway('none'), undefined);
});

test('what the host has removed or replaced since is what was meant, unless somebody asked for it', (t) => {
	const line = '43 40 254:0 /etc//deleted /etc ro - ext4 /dev/vda rw';
	t.is(ledAway('43', line), undefined);
	t.is(ledAway('43', line.replace('/etc//deleted', '/srv//deleted')), '/etc');
	const guest = treeOf(lines.map((each) => (each.startsWith('43 ') ? line : each)));
	t.is(findWrong({...planned, binds: planned.binds.map((bind) => ({...bind, cause: asked}))}, {host, guest})?.place, '/etc');
});

test('what was to be read-only is; with mapped ids libvirt cannot make ours so', (t) => {
	for (const [id, target, isOurs] of [
		['42', '/usr', false],
		['46', '/w/hidden', true],
		['50', '/proc/fs', true],
		['56', '/run/sandbox', true],
	] as const) {
		const guest = treeOf(lines.map((each) => (each.startsWith(`${id} `) ? each.replace(' ro - ', ' rw - ') : each)));
		t.is(findWrong(planned, {host, guest})?.place, target);
		t.is(findWrong(planned, {host, guest}, {isMapped: true})?.place, isOurs ? undefined : target);
	}
});

test('each mount that is missing at its place was led elsewhere', (t) => {
	const places = Object.entries({
		42: '/usr',
		44: '/w',
		45: '/w/a b',
		46: '/w/hidden',
		47: '/w/ram',
		48: '/image',
		50: '/proc/fs',
		51: '/shown',
		52: '/again',
		54: '/etc/hosts',
		55: '/run/sandbox',
		56: '/run/sandbox',
		57: '/run/sandbox/include-0',
	});
	for (const [id, place] of places) {
		t.is(ledAway(id), place);
		const elsewhere = (lines.find((line) => line.startsWith(`${id} `)) ?? '').split(' ');
		elsewhere[4] = '/elsewhere';
		t.is(ledAway(id, elsewhere.join(' ')), place);
	}
});

test('something else at a place is not what was planned', (t) => {
	for (const [line, place] of [
		['45 44 254:1 /@srv/share /w/a\\040b ro - btrfs /dev/vdb rw', '/w/a b'],
		['45 44 254:0 /@srv/project /w/a\\040b ro - ext4 /dev/vda rw', '/w/a b'],
		['45 44 254:1 /@srv/project//deleted /w/a\\040b ro - btrfs /dev/vdb rw', '/w/a b'],
		['46 44 0:20 /virt-sandbox/1/io /w/hidden ro - tmpfs t rw', '/w/hidden'],
		['47 44 254:1 / /w/ram rw - btrfs /dev/vdb rw', '/w/ram'],
		['47 44 0:20 /virt-sandbox /w/ram rw - tmpfs t rw', '/w/ram'],
		['48 40 0:40 / /image rw - tmpfs tmpfs rw', '/image'],
		['51 40 254:0 /etc/apt /shown rw - ext4 /dev/vda rw', '/shown'],
		['52 40 0:41 / /again rw - tmpfs tmpfs rw', '/again'],
		['56 55 254:1 /@srv/project /run/sandbox rw - btrfs /dev/vdb rw', '/run/sandbox'],
	] as const) {
		t.is(ledAway(line.slice(0, 2), line), place);
	}
});

test('what is covered at its place is not there', (t) => {
	t.is(findWrong(planned, {host, guest: treeOf([...lines, '60 44 254:1 /@srv/project /w ro - btrfs /dev/vdb rw'])})?.place, '/w');
	t.is(findWrong(planned, {host, guest: treeOf([...lines, '60 56 254:1 /@srv/project /run/sandbox ro - btrfs /dev/vdb rw'])})?.place, '/run/sandbox');
});

test('what libvirt mounts read-only by itself is there, and what it has taken away is found', (t) => {
	const root = '40 1 0:40 / / ro - tmpfs t rw';
	const own = ['41 40 0:41 / /proc rw - proc p rw', '42 41 0:41 /sys /proc/sys ro - proc p rw', '43 40 0:43 / /sys ro - sysfs s rw'];
	t.is(findExposed(treeOf([root, ...own])), undefined);
	t.is(findExposed(treeOf([root, own[0] ?? '', own[2] ?? ''])), '/proc/sys');
	t.is(findExposed(treeOf([root, ...own.slice(0, 2)])), '/sys');
	t.is(findExposed(treeOf([root, ...own.slice(0, 2), '43 40 0:43 / /sys rw - sysfs s rw'])), '/sys');
	t.is(findExposed(treeOf([root, ...own, '44 42 0:44 / /proc/sys ro - tmpfs t rw'])), '/proc/sys');
});

test('another mount of the host that has the path by now is not what was asked for', (t) => {
	const asked = {
		cause: {kind: 'option', text: ''},
		readonly: false,
		target: '/x',
		source: '/home/u/data',
		shown: {device: '254:0', root: '/home/u/data'},
	} as const;
	const mounts: LaidMounts = {ioDirectory: '/run/io', binds: [asked], hides: [], rams: [], images: [], guestBinds: []};
	const treesOf = (line: string, shown: string) => ({
		host: treeOf(['30 1 254:0 / / rw - ext4 /dev/vda rw', '31 30 0:20 / /run rw - tmpfs t rw', ...(line === '' ? [] : [line])]),
		guest: treeOf(['40 1 0:40 / / ro - tmpfs t rw', '41 40 0:20 /io /run/sandbox ro - tmpfs t rw', `42 40 ${shown} /x rw - any t rw`]),
	});
	t.is(findWrong(mounts, treesOf('', '254:0 /home/u/data')), undefined);
	t.like(findWrong(mounts, treesOf('32 30 0:50 / /home/u/data rw - proc p rw', '0:50 /')), {place: '/x'});
	const etc = treesOf('32 30 254:0 /etc /home/u/data rw - ext4 /dev/vda rw', '254:0 /etc');
	t.like(findWrong(mounts, etc), {place: '/x'});
	t.like(findWrong({...mounts, binds: [{...asked, cause: {kind: 'backend', text: ''}}]}, etc), {place: '/x'});
});

test('of NFS the kernel does not say which part is mounted: it is the one that was asked for', (t) => {
	const asked = {cause: {kind: 'option', text: ''}, readonly: false, target: '/x', source: '/net/home/data'} as const;
	const mounts: LaidMounts = {ioDirectory: '/run/io', binds: [asked], hides: [], rams: [], images: [], guestBinds: []};
	const host = treeOf(['30 1 254:0 / / rw - ext4 /dev/vda rw', '31 30 0:20 / /run rw - tmpfs t rw', '32 30 0:60 / /net rw - nfs4 server:/export rw']);
	const guestWith = (device: string) =>
		treeOf(['40 1 0:40 / / ro - tmpfs t rw', '41 40 0:20 /io /run/sandbox ro - tmpfs t rw', `42 40 ${device} / /x rw - nfs4 s rw`]);
	t.is(findWrong(mounts, {host, guest: guestWith('0:60')}), undefined);
	t.like(findWrong(mounts, {host, guest: guestWith('0:61')}), {place: '/x'});
});
