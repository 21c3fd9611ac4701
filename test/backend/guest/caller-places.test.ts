import test from 'ava';
import {atHome, isOfGuest, placesOf, withoutPlacesOfGuest} from '../../../src/backend/guest/caller-places.ts';
import type {GuestMount} from '../../../src/backend/guest/guest-tree.ts';
import {parseMount} from '../../../src/spec/parse-mount.ts';

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
	title: (_title, path: string, isGuests: boolean) => `${path} is ${isGuests ? 'the guest’s' : 'the caller’s'}`,
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
	'/usr/../tmp/x',
	'/overlaid/x',
	'/proc/self/root/srv',
	'/dev/fd/3',
	'//tmp/x',
])
	test(has, path, true);
for (const path of ['/', '/usr/bin', '/tmpfs', '/same', '/same/x', '/usual/x', '/ram/hidden', '/tmp/bound/x', 'relative', '']) test(has, path, false);

test('a home in the sandbox’s own memory is that of its own user alone', (t) => {
	const [own, other] = [
		{uid: 1, home: '/ram/home'},
		{uid: 0, home: '/ram'},
	] as const;
	t.is(atHome(places, own, own), own);
	t.deepEqual(atHome(places, own, other), {uid: 0, home: '/'});
	t.deepEqual(atHome(places, own, {uid: 0, home: '/same'}), {uid: 0, home: '/same'});
});

test('an environment keeps what is the caller’s', (t) => {
	t.deepEqual(withoutPlacesOfGuest(places, {PATH: '/tmp/x:/usr/bin:/ram:/same/bin', HOME: '/same', TERM: 'xterm'}), {
		PATH: '/usr/bin:/same/bin',
		HOME: '/same',
		TERM: 'xterm',
	});
	const usual = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
	t.deepEqual(withoutPlacesOfGuest(places, {PATH: '/tmp/x', HOME: '/tmp'}), {PATH: usual});
	t.deepEqual(withoutPlacesOfGuest(places, {}), {PATH: usual});
	const over = (targets: readonly string[]) => placesOf(targets.map(ram));
	t.deepEqual(withoutPlacesOfGuest(over(['/usr/local']), {}), {PATH: '/usr/sbin:/usr/bin:/sbin:/bin'});
	t.deepEqual(withoutPlacesOfGuest(over(['/usr', '/sbin', '/bin']), {PATH: '/usr/bin'}), {PATH: '/nonexistent'});
});
