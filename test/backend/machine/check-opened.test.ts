import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {
	closeSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	realpathSync,
	renameSync,
	rmdirSync,
	rmSync,
	statSync,
	symlinkSync,
	unlinkSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {identityOf} from '../../../src/backend/host/files/file-identity.ts';
import {checkOpened} from '../../../src/backend/machine/check-opened.ts';
import {mountElsewhere, testAsRoot} from '../../helpers/other-mounts.ts';

function makeDirectories(t: ExecutionContext, ...names: readonly string[]): string[] {
	const directory = realpathSync(mkdtempSync(join(tmpdir(), 'shares-')));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return names.map((name) => {
		const path = join(directory, name);
		mkdirSync(path);
		return path;
	});
}

/** A process that has these open, by the names that they have now. */
async function open(t: ExecutionContext, ...paths: readonly string[]): Promise<number> {
	const descriptors = paths.map((path) => openSync(path, 'r'));
	const child = spawn('/bin/sh', ['-c', 'echo; read line'], {stdio: ['pipe', 'pipe', 'ignore', ...descriptors]});
	t.teardown(() => child.kill('SIGKILL'));
	for (const descriptor of descriptors) closeSync(descriptor);
	if (child.stdout === null) throw new Error('it has no output');
	await once(child.stdout, 'data');
	return child.pid ?? 0;
}

const changed = (path: string) => ({code: 'refused', message: `The way to ${path} changed while the machine started`});

test('a machine whose QEMU has opened another directory than it was told to share is refused', async (t) => {
	const [right = '', led = '', other = ''] = makeDirectories(t, 'right', 'led', 'other');
	renameSync(led, `${led}-saved`);
	symlinkSync('other', led);
	const qemu = await open(t, right, led);
	t.notThrows(() => checkOpened({shares: [right, other], images: []}, qemu));
	t.throws(() => checkOpened({shares: [right, led], images: []}, qemu), changed(led));
	// What lies there by now is none of it either.
	unlinkSync(led);
	renameSync(`${led}-saved`, led);
	t.throws(() => checkOpened({shares: [right, led], images: []}, qemu), changed(led));
});

test('of a directory that is shared twice two are to be open', async (t) => {
	const [twice = '', other = ''] = makeDirectories(t, 'twice', 'other');
	const [one, two] = [await open(t, twice, other), await open(t, twice, twice)];
	t.throws(() => checkOpened({shares: [twice, twice], images: []}, one), changed(twice));
	t.notThrows(() => checkOpened({shares: [twice, twice], images: []}, two));
});

test('what has the name of a directory is not what lies there', async (t) => {
	const [place = ''] = makeDirectories(t, 'place');
	const qemu = await open(t, place);
	// Its path says that it was removed, and the same name is there.
	rmdirSync(place);
	mkdirSync(`${place} (deleted)`);
	mkdirSync(place);
	t.throws(() => checkOpened({shares: [`${place} (deleted)`], images: []}, qemu), changed(`${place} (deleted)`));
	t.throws(() => checkOpened({shares: [place], images: []}, qemu), changed(place));
});

testAsRoot('what lies at a place in another mount namespace is not there, nor is what is mounted in it there', async (t) => {
	const [others = '', victim = ''] = makeDirectories(t, 'others', 'victim');
	mkdirSync(join(others, 'way/share/below'), {recursive: true});
	writeFileSync(join(others, 'way/image'), '');
	const hidden = join(victim, 'image');
	writeFileSync(hidden, 'hidden');
	const [share, image] = [join(others, 'way/share'), join(others, 'way/image')];
	for (const elsewhere of [
		{place: share, victim},
		{place: share, victim, below: 'below'},
		{place: image, victim: hidden},
	]) {
		const {place} = elsewhere;
		const {lead} = await mountElsewhere(t, elsewhere);
		lead();
		const qemu = await open(t, place);
		const identity = identityOf(statSync(place, {bigint: true}));
		unlinkSync(join(others, 'way'));
		renameSync(join(others, 'way-saved'), join(others, 'way'));
		const expected = place === image ? {shares: [], images: [{source: image, identity}]} : {shares: [share], images: []};
		t.throws(() => checkOpened(expected, qemu), changed(place));
	}
});

test('a machine whose QEMU shows nobody what it has open is refused', (t) => {
	const [place = ''] = makeDirectories(t, 'place');
	t.throws(() => checkOpened({shares: [place], images: []}, 0), {
		code: 'unavailable',
		message: 'This process cannot see which files and directories the QEMU of the machine has opened',
	});
});
