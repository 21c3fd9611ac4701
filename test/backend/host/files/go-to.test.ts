import {closeSync, mkdirSync, mkdtempSync, openSync, realpathSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {goTo} from '../../../../src/backend/host/files/go-to.ts';
import {mountElsewhere, testAsRoot} from '../../../helpers/other-mounts.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'go-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

const go = (path: string) => goTo(path, () => true);
const byProcess = (link: string) => ({code: 'refused', message: new RegExp(` leads by ${link}, a link of a process, `)});

test('links that lead round in a circle lead nowhere', (t) => {
	const directory = makeDirectory(t);
	symlinkSync('b', join(directory, 'a'));
	symlinkSync('a', join(directory, 'b'));
	t.throws(() => go(join(directory, 'a/file')), {code: 'refused', message: new RegExp(`^More than 40 links are on the way to ${directory}/a/file, as `)});
});

test('links of the top of /proc are followed, those of processes are not', (t) => {
	const own = `/proc/${process.pid}`;
	t.is(go('/proc/self/status').place, `${own}/status`);
	t.is(go('/proc/mounts').place, `${own}/mounts`);
	for (const link of ['root', 'cwd', 'exe', 'ns/mnt']) t.throws(() => go(`/proc/self/${link}`), byProcess(`${own}/${link}`));
	t.throws(() => go(`/proc/${process.ppid}/fd/0`), byProcess(`/proc/${process.ppid}/fd/0`));
});

test('what this process has open is where it lies', (t) => {
	const directory = makeDirectory(t);
	writeFileSync(join(directory, 'file'), '');
	const descriptor = openSync(join(directory, 'file'), 'r');
	t.teardown(() => closeSync(descriptor));
	t.is(go(`/dev/fd/${descriptor}`).place, join(directory, 'file'));
	t.is(go('/dev/fd/999').place, '/dev/fd/999');
});

testAsRoot('no link leads to where another mount namespace has something', async (t) => {
	const directory = makeDirectory(t);
	mkdirSync(join(directory, 'others/way'), {recursive: true});
	const [place, victim] = [join(directory, 'others/way/image'), join(directory, 'victim')];
	for (const path of [place, victim]) writeFileSync(path, '');
	const {lead} = await mountElsewhere(t, {place, victim});
	t.is(go(place).place, place);
	const descriptor = openSync(victim, 'r');
	t.teardown(() => closeSync(descriptor));
	lead();
	t.throws(() => go(place), byProcess(String.raw`/proc/\d+/root`));
	// One that is open already has no place here.
	const led = openSync(place, 'r');
	t.teardown(() => closeSync(led));
	t.is(go(`/proc/self/fd/${led}`).place, `/proc/self/fd/${led}`);
});
