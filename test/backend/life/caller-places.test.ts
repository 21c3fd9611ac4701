import test from 'ava';
import {atHome, isOfGuest, withoutPlacesOfGuest} from '../../../src/backend/life/caller-places.ts';
import {parseMount} from '../../../src/spec/parse-mount.ts';

const spec = {
	mounts: [
		'ram:/ram=1M',
		'host-bind:/same=/same',
		'host-bind:/other=/srv/x',
		'host-bind:/temporary=',
		'overlay:/project=/project',
		'host-image:/image=/srv/i',
		'guest-bind:/shown=/tmp/x',
		'guest-bind:/usual=/usr/share',
		'hide:/ram/hidden',
		'host-bind:/tmp/bound=/tmp/bound',
	].map((text) => parseMount(text, '/')),
};

const has = test.macro({
	title: (_title, path: string, isGuests: boolean) => `${path} is ${isGuests ? 'the guest’s' : 'the caller’s'}`,
	exec(t, path: string, isGuests: boolean) {
		t.is(isOfGuest(spec, path), isGuests);
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
	'/project/x',
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
	t.is(atHome(spec, own, own), own);
	t.deepEqual(atHome(spec, own, other), {uid: 0, home: '/'});
	t.deepEqual(atHome(spec, own, {uid: 0, home: '/same'}), {uid: 0, home: '/same'});
});

test('an environment keeps what is the caller’s', (t) => {
	t.deepEqual(withoutPlacesOfGuest(spec, {PATH: '/tmp/x:/usr/bin:/ram:/same/bin', HOME: '/same', TERM: 'xterm'}), {
		PATH: '/usr/bin:/same/bin',
		HOME: '/same',
		TERM: 'xterm',
	});
	const usual = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
	t.deepEqual(withoutPlacesOfGuest(spec, {PATH: '/tmp/x', HOME: '/tmp'}), {PATH: usual});
	t.deepEqual(withoutPlacesOfGuest(spec, {}), {PATH: usual});
	const over = (targets: readonly string[]) => ({mounts: targets.map((target) => parseMount(`ram:${target}=1M`, '/'))});
	t.deepEqual(withoutPlacesOfGuest(over(['/usr/local']), {}), {PATH: '/usr/sbin:/usr/bin:/sbin:/bin'});
	t.deepEqual(withoutPlacesOfGuest(over(['/usr', '/sbin', '/bin']), {PATH: '/usr/bin'}), {PATH: '/nonexistent'});
});
