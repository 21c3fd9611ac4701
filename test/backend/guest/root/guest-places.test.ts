import test from 'ava';
import {besideOthers, isOfGuest, meantPath, placesOf} from '../../../../src/backend/guest/root/guest-places.ts';
import type {GuestMount} from '../../../../src/backend/guest/root/guest-tree.ts';
import type {Account} from '../../../../src/backend/host/users.ts';
import {parseMount} from '../../../../src/spec/parse/parse-mount.ts';

const inert = {readonly: false, cause: undefined} as const;
const asked = parseMount('host-bind:/x=/x', '/');
const ram = (target: string): GuestMount => ({...inert, kind: 'ram', target, sizeKiB: 1, mode: 0o755, uid: 0, gid: 0});
const bind = (target: string, source: string, cause?: typeof asked): GuestMount => ({...inert, kind: 'bind', target, source, cause});
const shown = (target: string, source: string): GuestMount => ({...inert, kind: 'guest-bind', target, source});
const mounts: GuestMount[] = [
	...['/usr', '/srv', '/project'].map((target) => bind(target, target)),
	...['/tmp', '/var/tmp', '/run', '/dev/shm', '/ram'].map(ram),
	...[
		['/same', '/same'],
		['/other', '/srv/x'],
		['/temporary', '0'],
		['/tmp/bound', '/tmp/bound'],
		['/overlaid', '/overlaid'],
	].map(([target = '', source = '']) => bind(target, source, asked)),
	{...inert, kind: 'image', target: '/image', source: '/srv/i', format: 'raw', chain: false, fileSystems: [], cause: asked},
	shown('/shown', '/tmp/x'),
	shown('/usual', '/usr/share'),
	shown('/around', '/'),
	{kind: 'hide', target: '/ram/hidden', of: 'directory', readonly: true, cause: undefined},
];
const places = placesOf(mounts, ({target}) => target === '/overlaid');

const has = test.macro({
	title: (_title, path: string, isGuests: boolean) => `${path} is ${isGuests ? 'the guest’s' : 'the host’s'}`,
	exec(t, path: string, isGuests: boolean) {
		t.is(isOfGuest(places, path), isGuests);
	},
});

for (const path of [
	'/tmp',
	'/tmp/x',
	'/var/tmp/x',
	'/run/x',
	'/dev/shm',
	'/ram/x',
	'/other',
	'/other/x',
	'/temporary/x',
	'/image/x',
	'/shown',
	'/shown/y',
	'/usual/x',
	'/usr/../tmp/x',
	'/overlaid/x',
	'/proc/self/root/srv',
	'/dev/fd/3',
	'//tmp/x',
	'/ram/hidden',
	'/tmp/bound/x',
])
	test(has, path, true);
for (const path of ['/', '/usr/bin', '/tmpfs', '/same', '/same/x', 'relative', '']) test(has, path, false);

const beside = (targets: readonly string[], user: Partial<Account>, links: Readonly<Record<string, string>> = {}) =>
	besideOthers(
		{places: targets.length === 0 ? places : placesOf(targets.map(ram)), account: {uid: 1, gid: 1, groups: [1, 5]}, leadTo: (path) => links[path] ?? path},
		{uid: 0, gid: 0, groups: [], name: 'root', home: '/root', shell: '/bin/bash', ...user},
		'tool',
	);

test('what is the guest’s own is no home, no shell and no place of programs of another user than its own', (t) => {
	const usual = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
	const own = {uid: 1, gid: 1, groups: [5, 1], home: '/ram/home', shell: '/tmp/sh'};
	t.like(beside([], own), {account: {home: '/ram/home', shell: '/tmp/sh'}, path: undefined});
	for (const more of [{gid: 42}, {groups: [5, 1, 42]}, {groups: [42, 1]}, {uid: 0}])
		t.like(beside([], {...own, ...more}), {account: {home: '/', shell: '/bin/sh'}});
	t.like(beside([], {home: '/same'}), {account: {home: '/same', shell: '/bin/bash'}, path: usual});
	t.like(beside([], {home: '/ram/home', shell: '/tmp/sh'}), {account: {home: '/', shell: '/bin/sh'}, path: usual});
	t.like(beside(['/usr/local'], {shell: '/usr/local/bin/fish'}), {account: {shell: '/bin/sh'}, path: '/usr/sbin:/usr/bin:/sbin:/bin'});
	t.like(beside(['/usr', '/sbin', '/bin'], {shell: '/usr/bin/fish'}), {account: {shell: '/nonexistent'}, path: '/nonexistent'});
});

test('… also where links lead to it', (t) => {
	const links = {'/root': '/var/roothome', '/bin/bash': '/usr/bin/bash', '/usr/local/bin': '/data/bin'};
	t.like(beside(['/var'], {}, links), {account: {home: '/', shell: '/bin/bash'}});
	t.like(beside(['/opt'], {}, {'/usr/local/bin/tool': '/opt/tool'}), {path: '/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin'});
	t.like(beside(['/usr/local/sbin/tool'], {}), {path: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'});
	t.like(beside(['/usr/bin', '/data'], {}, links), {account: {home: '/root', shell: '/bin/sh'}, path: '/usr/local/sbin:/usr/sbin:/sbin:/bin'});
});

test('root’s own sandbox has made nothing that others could not trust', (t) => {
	const sharing = {places, account: {uid: 0, gid: 0, groups: []}, leadTo: (path: string) => path};
	const nobody = {uid: 65_534, gid: 65_534, groups: [], name: 'nobody', home: '/tmp', shell: '/tmp/sh'};
	t.deepEqual(besideOthers(sharing, nobody, 'tool'), {account: nobody, isTrusting: true, path: undefined});
});

test('a caller’s PATH has no place that the guest may have made', (t) => {
	const sharing = {places, leadTo: (path: string) => (path === '/link' ? '/tmp/x' : path)};
	t.is(meantPath(sharing, '/tmp/x:/usr/bin:/ram:.:bin:/link:/same/bin:/tmp/bound/x'), '/usr/bin:.:bin:/same/bin:/tmp/bound/x');
	for (const path of ['/tmp/x:/ram', undefined]) t.is(meantPath(sharing, path), undefined);
});
