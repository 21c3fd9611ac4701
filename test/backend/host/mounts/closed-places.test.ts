import {chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {findClosedPlaces} from '../../../../src/backend/host/mounts/closed-places.ts';
import type {HostMount} from '../../../../src/backend/host/mounts/mount-table.ts';

const canRun = process.getuid?.() === 0 ? test : test.skip;

/** Which root alone changes. */
function makeDirectory(t: ExecutionContext): string {
	const directory = realpathSync(mkdtempSync('/var/closed-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	chmodSync(directory, 0o755);
	return directory;
}

canRun('closed are libvirt’s own places and the states of sandboxes, of all users for root, of one for a command, and nobody looks into a home', (t) => {
	const directory = makeDirectory(t);
	for (const path of [
		'one/.config/libvirt',
		'far/.cache/libvirt',
		'system/.config/libvirt',
		'roots/.config/libvirt',
		'states',
		'own/cache/libvirt',
		'group/four',
	]) {
		mkdirSync(join(directory, path), {recursive: true});
	}
	for (const path of ['one', 'far']) chownSync(join(directory, path), 1001, 0);
	chownSync(join(directory, 'system/.config/libvirt'), 1005, 0);
	chmodSync(join(directory, 'group'), 0o775);
	symlinkSync('one', join(directory, 'link'));
	symlinkSync('loop', join(directory, 'loop'));
	const user = (name: string, id: number): string => `${name}:x:${id}:1::${join(directory, name)}:/bin/sh`;
	// Somebody else's home counts as nobody's, and one by a link that root has made is looked at there.
	const passwd = [
		user('one', 1001),
		`thief:x:1002:1::${join(directory, 'one')}:/bin/sh`,
		`again:x:1001:1::${join(directory, 'link')}:/bin/sh`,
		user('far', 1001),
		user('missing', 1001),
		user('loop', 1001),
		user('group/four', 1004),
		user('system', 1005),
		user('roots', 1006),
		'',
	].join('\n');
	const far = {mountPoint: join(directory, 'far'), fileSystem: 'autofs', readonly: false, flags: [], options: []} satisfies HostMount;
	const find = (uid: number) =>
		findClosedPlaces({
			caller: {uid: 0, environment: {HOME: '/nonexistent', XDG_CACHE_HOME: join(directory, 'own/cache')}},
			account: {uid},
			accounts: {passwd},
			states: join(directory, 'states'),
			mountTable: [far],
		}).flatMap(({path, always, home}) => {
			if (!path.startsWith(directory)) return [];
			return `${path.slice(directory.length)}${always ? ' always' : ''}${home === undefined ? '' : ` of ${home.slice(directory.length)}`}`;
		});
	const own = ['/states always', '/own/cache/libvirt'];
	const inHome = (home: string, from = home): string[] =>
		['.config/libvirt', '.cache/libvirt', '.cache/virt-sandbox/run'].map((place) => `${home}/${place} of ${from}`);
	const ofSystem = ['/system/.config/libvirt of /system/.config/libvirt'];
	t.deepEqual(find(0), [...own, ...inHome('/one'), ...inHome('/group/four', '/group'), ...ofSystem]);
	t.deepEqual(find(1001), [...own, ...inHome('/one')]);
	t.deepEqual(find(1005), [...own, ...ofSystem]);
	t.deepEqual(find(1), own);
});

canRun('a home on a file system that may wait for somebody is not looked at', (t) => {
	const directory = makeDirectory(t);
	const names = ['plain', 'served', 'remote', 'own'];
	for (const [index, name] of names.entries()) {
		const place = join(directory, name, '.config/libvirt');
		mkdirSync(place, {recursive: true});
		for (const path of [join(directory, name), place]) chownSync(path, 1001 + index, 0);
	}
	const passwd = names.map((name, index) => `${name}:x:${1001 + index}:1::${join(directory, name)}:/bin/sh\n`).join('');
	const mount = (place: string, fileSystem: string, ...options: readonly string[]): HostMount => {
		return {mountPoint: join(directory, place), fileSystem, readonly: false, flags: [], options};
	};
	const mountTable = [
		mount('plain', 'autofs'),
		mount('plain', 'fuse.sshfs', 'user_id=0', 'allow_other'),
		mount('served', 'fuse.gocryptfs', 'user_id=1002', 'allow_other'),
		mount('remote', 'nfs4'),
		mount('own', 'cifs'),
	];
	const find = (uid: number, account: number, HOME: string) =>
		findClosedPlaces({
			caller: {uid, environment: {HOME}},
			account: {uid: account},
			accounts: {passwd},
			states: join(directory, 'states'),
			mountTable,
		}).flatMap(({path}) => (path.startsWith(directory) && path.endsWith('.config/libvirt') ? path.slice(directory.length) : []));
	t.deepEqual(find(0, 0, '/nonexistent'), ['/plain/.config/libvirt']);
	// Who waits for their own server, or program, has it so everywhere.
	t.deepEqual(find(1004, 1004, join(directory, 'own')), ['/own/.config/libvirt']);
	t.deepEqual(find(1002, 1002, '/nonexistent'), ['/served/.config/libvirt']);
	t.deepEqual(find(1003, 1003, '/nonexistent'), ['/remote/.config/libvirt']);
	t.deepEqual(find(1001, 1002, join(directory, 'plain')), ['/plain/.config/libvirt']);
});

canRun('a place is loose for root where somebody else could change the way to it', (t) => {
	const directory = makeDirectory(t);
	const states = join(directory, 'a/states');
	mkdirSync(states, {recursive: true});
	const isLoose = (uid: number) =>
		findClosedPlaces({caller: {uid, environment: {HOME: '/'}}, account: {uid: 1}, accounts: {passwd: ''}, states, mountTable: []}).find(
			({path}) => path === states,
		)?.isLoose;
	chmodSync(states, 0o777);
	t.deepEqual([isLoose(0), isLoose(1000)], [false, false]);
	chmodSync(join(directory, 'a'), 0o775);
	t.deepEqual([isLoose(0), isLoose(1000)], [true, false]);
});

canRun('of homes that an automounter has mounted the places are closed, and nobody asks it for another', (t) => {
	const directory = makeDirectory(t);
	for (const name of ['near', 'away']) {
		const place = join(directory, 'home', name, '.config/libvirt');
		mkdirSync(place, {recursive: true});
		for (const path of [join(directory, 'home', name), place]) chownSync(path, 1001, 0);
	}
	const passwd = ['near', 'away'].map((name) => `${name}:x:1001:1::${join(directory, 'home', name)}:/bin/sh\n`).join('');
	const mount = (place: string, fileSystem: string, ...options: readonly string[]): HostMount => {
		return {mountPoint: join(directory, place), fileSystem, readonly: false, flags: [], options};
	};
	const mountTable = [mount('home', 'autofs', 'indirect'), mount('home/near', 'ext4')];
	const find = (uid: number): string[] =>
		findClosedPlaces({
			caller: {uid, environment: {HOME: join(directory, 'home/near')}},
			account: {uid},
			accounts: {passwd},
			states: '/nonexistent',
			mountTable,
		})
			.map(({path}) => path)
			.filter((path) => path.startsWith(directory));
	t.deepEqual(
		find(0),
		['.config/libvirt', '.cache/libvirt', '.cache/virt-sandbox/run'].map((name) => join(directory, 'home/near', name)),
	);
	t.deepEqual(find(1001), [join(directory, 'home/near/.config/libvirt')]);
});
