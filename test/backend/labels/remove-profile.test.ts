import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {within} from '../../../src/core/within.ts';
import {removeProfile} from '../../../src/backend/labels/remove-profile.ts';
import {lockDirectory, testWithLock} from '../../helpers/locked-directory.ts';
import {waitUntil} from '../../helpers/wait-until.ts';

const uuid = '67bc0a5c-aa58-4b79-87ed-722b16dc7a47';

/** What a host has of AppArmor, and a process that runs by another profile. */
function makePlaces(t: ExecutionContext): {readonly sign: string; readonly directory: string; readonly remover: string; readonly processes: string} {
	const base = mkdtempSync(join(tmpdir(), 'profiles-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const places = {sign: '/', directory: join(base, 'profiles'), remover: join(base, 'remover'), processes: join(base, 'processes')};
	mkdirSync(places.directory);
	for (const name of [uuid, `${uuid}.files`, 'other']) writeFileSync(join(places.directory, `libvirt-${name}`), '');
	writeFileSync(places.remover, '');
	runBy(places, 'libvirt-other (enforce)');
	return places;
}

function runBy({processes}: {readonly processes: string}, profile: string): void {
	mkdirSync(join(processes, '7/attr'), {recursive: true});
	writeFileSync(join(processes, '7/attr/current'), `${profile}\n`);
}

test('the profile of a domain goes, that of no other, and nothing by what is no uuid', async (t) => {
	const places = makePlaces(t);
	const {directory, remover} = places;
	await removeProfile('other', places);
	await removeProfile(uuid, {...places, sign: '/none'});
	t.is(readdirSync(directory).length, 3);
	t.is(readFileSync(remover, 'utf8'), '');
	await removeProfile(uuid, places);
	t.deepEqual(readdirSync(directory), ['libvirt-other']);
	t.is(readFileSync(remover, 'utf8'), `libvirt-${uuid}`);
	await removeProfile(uuid, {...places, directory: '/none', remover: '/none'});
});

for (const profile of [`libvirt-${uuid} (enforce)`, `libvirt-${uuid}//passt (enforce)`]) {
	test(`who runs by it keeps it as long: ${profile}`, async (t) => {
		const places = makePlaces(t);
		runBy(places, profile);
		await removeProfile(uuid, places);
		t.is(readdirSync(places.directory).length, 3);
		t.is(readFileSync(places.remover, 'utf8'), '');
		rmSync(places.processes, {recursive: true});
		await waitUntil(() => readdirSync(places.directory).length < 3, 'the profile is removed');
		t.is(readFileSync(places.remover, 'utf8'), `libvirt-${uuid}`);
	});
}

testWithLock('who waits for the end of a pipe of the caller does not wait for a process that is left behind', async (t) => {
	const places = makePlaces(t);
	const {directory} = places;
	const unlock = await lockDirectory(t, directory);
	const from = new URL('../../../src/backend/labels/remove-profile.js', import.meta.url);
	const script = `import('${from.href}').then(({removeProfile}) => removeProfile('${uuid}', ${JSON.stringify(places)}))`;
	// Node itself hands on none of the first ones.
	const caller = spawn('bash', ['-c', 'exec 40>&1 1>&-; exec "$@"', 'bash', process.execPath, ...process.execArgv, '-e', script], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	caller.stdout.resume();
	t.true(await within(once(caller, 'close'), 10_000));
	await unlock();
	await waitUntil(() => readdirSync(directory).length < 3, 'the profile is removed');
});

testWithLock('who keeps the directory of the profiles locked holds up nobody', async (t) => {
	const places = makePlaces(t);
	const {directory} = places;
	const unlock = await lockDirectory(t, directory);
	t.true(await within(removeProfile(uuid, places), 10_000));
	await unlock();
	// Whoever waited goes on.
	await waitUntil(() => readdirSync(directory).length < 3, 'the profile is removed');
});
