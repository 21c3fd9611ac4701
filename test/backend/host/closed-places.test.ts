import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {findClosedPlaces} from '../../../src/backend/host/closed-places.ts';
import type {HostMount} from '../../../src/backend/host/mount-table.ts';

const canRun = process.getuid?.() === 0 ? test : test.skip;

canRun('closed are libvirt’s own places and the states of sandboxes, of all users for root, of one for others', (t) => {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'closed-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	for (const path of ['one/.config/libvirt', 'one/.cache/virt-sandbox/run', 'two/.cache/libvirt', 'far/.cache/libvirt', 'states']) {
		mkdirSync(join(directory, path), {recursive: true});
	}
	mkdirSync(join(directory, 'own/cache/libvirt'), {recursive: true});
	for (const [index, path] of ['one/.config/libvirt', 'two/.cache/libvirt'].entries()) chownSync(join(directory, path), 1001 + index, 0);
	chownSync(join(directory, 'one/.cache/virt-sandbox/run'), 1001, 0);
	symlinkSync('one', join(directory, 'link'));
	// Another's directory by a link: nothing of that is covered.
	mkdirSync(join(directory, 'thief/.config'), {recursive: true});
	symlinkSync(join(directory, 'own'), join(directory, 'thief/.config/libvirt'));
	const passwd = [
		`thief:x:1009:1::${join(directory, 'thief')}:/bin/sh`,
		...['one', 'two', 'far', 'missing'].map((name, index) => `${name}:x:${1001 + index}:1::${join(directory, name)}:/bin/sh`),
		`again:x:1001:1::${join(directory, 'link')}:/bin/sh`,
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
		}).flatMap(({path, always}) => (path.startsWith(directory) ? [`${path.slice(directory.length)}${always ? ' always' : ''}`] : []));
	const own = ['/states always', '/own/cache/libvirt'];
	t.deepEqual(find(0), [...own, '/one/.config/libvirt', '/one/.cache/virt-sandbox/run', '/two/.cache/libvirt']);
	t.deepEqual(find(1001), [...own, '/one/.config/libvirt', '/one/.cache/virt-sandbox/run']);
	t.deepEqual(find(1002), [...own, '/two/.cache/libvirt']);
	t.deepEqual(find(1), own);
});

canRun('what lies on a file system that may wait for somebody is not looked at, by whatever name a user leads there', (t) => {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'closed-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const names = ['plain', 'served', 'config', 'link', 'deep', 'remote', 'own', 'dotted'];
	for (const [index, name] of names.entries()) {
		const place = join(directory, name, '.config/libvirt');
		mkdirSync(place, {recursive: true});
		chownSync(place, 1001 + index, 0);
	}
	for (const [name, to] of [
		['link', '../served/.config'],
		['dotted', 'elsewhere/.config'],
	] as const) {
		const config = join(directory, name, '.config');
		mkdirSync(join(directory, name, 'elsewhere'));
		renameSync(config, join(directory, name, 'elsewhere/.config'));
		symlinkSync(to, config);
	}
	chownSync(join(directory, 'served/.config/libvirt'), 1004, 0);
	const passwd = names.map((name, index) => `${name}:x:${1001 + index}:1::${join(directory, name)}:/bin/sh\n`).join('');
	const mount = (place: string, fileSystem: string, ...options: readonly string[]): HostMount => {
		return {mountPoint: join(directory, place), fileSystem, readonly: false, flags: [], options};
	};
	const mountTable = [
		mount('plain', 'autofs'),
		mount('plain', 'fuse.sshfs', 'user_id=0', 'allow_other'),
		mount('served', 'fuse.gocryptfs', 'user_id=1002', 'allow_other'),
		mount('config/.config', 'fuse', 'user_id=1003'),
		mount('deep/.config/libvirt', 'fuseblk', 'user_id=1'),
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
		}).flatMap(({path}) => (path.startsWith(directory) ? path.slice(directory.length) : []));
	t.deepEqual(find(0, 0, '/nonexistent'), ['/plain/.config/libvirt', '/dotted/elsewhere/.config/libvirt']);
	// Who waits for their own server, or program, has it so everywhere.
	t.deepEqual(find(1007, 1007, join(directory, 'own')), ['/own/.config/libvirt']);
	t.deepEqual(find(1002, 1002, join(directory, 'plain')), []);
	chownSync(join(directory, 'served/.config/libvirt'), 1002, 0);
	t.deepEqual(find(1002, 1002, join(directory, 'served')), ['/served/.config/libvirt']);
});

canRun('a user who puts a link in the place of a directory while that is looked at covers nothing of another’s', async (t) => {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'closed-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const [place, victim] = [join(directory, 'home/.config/libvirt'), join(directory, 'victim')];
	for (const path of [place, victim]) mkdirSync(path, {recursive: true});
	chownSync(place, 1001, 0);
	const exchange =
		'my ($place, $to) = @ARGV; $| = 1; print "."; for (;;) { rename $place, "$place-saved"; symlink $to, $place; unlink $place; rename "$place-saved", $place }';
	const child = spawn('perl', ['-e', exchange, place, victim], {stdio: ['ignore', 'pipe', 'ignore'], timeout: 60_000, killSignal: 'SIGKILL'});
	t.teardown(() => child.kill('SIGKILL'));
	await once(child.stdout, 'data');
	const found = new Set<string>();
	for (let round = 0; round < 5000; round++) {
		const places = findClosedPlaces({
			caller: {uid: 0, environment: {HOME: '/'}},
			account: {uid: 1001},
			accounts: {passwd: `user:x:1001:1::${join(directory, 'home')}:/bin/sh\n`},
			states: '/nonexistent',
			mountTable: [],
		});
		for (const {path} of places) if (path.startsWith(directory)) found.add(path);
	}
	t.deepEqual([...found], [place]);
});

canRun('a place is loose for root where somebody else could change the way to it', (t) => {
	const directory = realpathSync(mkdtempSync('/var/closed-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
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
