import {chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync} from 'node:fs';
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
