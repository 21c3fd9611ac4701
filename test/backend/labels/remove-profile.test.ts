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

function makeProfiles(t: ExecutionContext): string {
	const base = mkdtempSync(join(tmpdir(), 'profiles-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	mkdirSync(join(base, 'profiles'));
	for (const name of [uuid, `${uuid}.files`, 'other']) writeFileSync(join(base, 'profiles', `libvirt-${name}`), '');
	return join(base, 'profiles');
}

test('the profile of a domain goes, that of no other, and nothing by what is no uuid', async (t) => {
	const directory = makeProfiles(t);
	const remover = join(directory, '../remover');
	writeFileSync(remover, '');
	await removeProfile('other', directory, '/', remover);
	await removeProfile(uuid, directory, '/none', remover);
	t.is(readdirSync(directory).length, 3);
	t.is(readFileSync(remover, 'utf8'), '');
	await removeProfile(uuid, directory, '/', remover);
	t.deepEqual(readdirSync(directory), ['libvirt-other']);
	t.is(readFileSync(remover, 'utf8'), `libvirt-${uuid}`);
	await removeProfile(uuid, '/none', '/');
});

testWithLock('who waits for the end of a pipe of the caller does not wait for a process that is left behind', async (t) => {
	const directory = makeProfiles(t);
	const unlock = await lockDirectory(t, directory);
	const from = new URL('../../../src/backend/labels/remove-profile.js', import.meta.url);
	const script = `import('${from.href}').then(({removeProfile}) => removeProfile('${uuid}', '${directory}', '/'))`;
	// Node itself hands on none of the first ones.
	const caller = spawn('bash', ['-c', 'exec 40>&1 1>&-; exec "$@"', 'bash', process.execPath, '-e', script], {stdio: ['ignore', 'pipe', 'inherit']});
	caller.stdout.resume();
	t.true(await within(once(caller, 'close'), 10_000));
	await unlock();
	await waitUntil(() => readdirSync(directory).length < 3, 'the profile is removed');
});

testWithLock('who keeps the directory of the profiles locked holds up nobody', async (t) => {
	const directory = makeProfiles(t);
	const unlock = await lockDirectory(t, directory);
	t.true(await within(removeProfile(uuid, directory, '/'), 10_000));
	await unlock();
	// Whoever waited goes on.
	await waitUntil(() => readdirSync(directory).length < 3, 'the profile is removed');
});
