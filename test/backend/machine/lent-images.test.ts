import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {chownSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {within} from '../../../src/core/within.ts';
import {writeOwnerRecord} from '../../../src/backend/guest/state/state-directory.ts';
import {lendImages, returnImages} from '../../../src/backend/machine/lent-images.ts';
import {silentVoice} from '../../helpers/caller.ts';
import {lockDirectory, testWithLock} from '../../helpers/locked-directory.ts';
import {mountElsewhere, testAsRoot} from '../../helpers/other-mounts.ts';

const [qemu, other] = [{uid: 64_000, gid: 64_001}, 65_534] as const;

/** Two state directories beside each other, and an image of somebody's. */
function makePlaces(t: ExecutionContext) {
	const base = mkdtempSync(join(tmpdir(), 'lent-images-'));
	t.teardown(() => rmSync(base, {recursive: true, force: true}));
	const states = [join(base, '0000000a'), join(base, '0000000b')] as const;
	for (const state of states) mkdirSync(state);
	const source = join(base, 'image');
	writeFileSync(source, '');
	chownSync(source, other, other);
	return {base, states, source, images: [{source}]};
}

function ownerOf(path: string): string {
	const {uid, gid} = statSync(path);
	return `${uid}:${gid}`;
}

testAsRoot('an image is given to QEMU’s user, and back to whom the start found', async (t) => {
	const {states, source, images} = makePlaces(t);
	await lendImages(states[0], images, qemu, silentVoice);
	t.is(ownerOf(source), '64000:64001');
	await returnImages(states[0], silentVoice);
	t.is(ownerOf(source), '65534:65534');
});

testAsRoot('an image in the lower directory of an overlay comes back too', async (t) => {
	const {base, states} = makePlaces(t);
	const [lower, upper, work, merged] = ['lower', 'upper', 'work', 'merged'].map((name) => join(base, name));
	// An overlay lies on no other one.
	execFileSync('mount', ['-t', 'tmpfs', '-o', 'mode=755', 'none', base]);
	t.teardown(() => execFileSync('umount', [base]));
	for (const directory of [lower, upper, work, merged, ...states]) mkdirSync(String(directory));
	writeFileSync(`${lower}/image`, '');
	chownSync(`${lower}/image`, other, other);
	execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${lower},upperdir=${upper},workdir=${work}`, String(merged)]);
	t.teardown(() => execFileSync('umount', [String(merged)]));
	const source = `${merged}/image`;
	await lendImages(states[0], [{source}], qemu, silentVoice);
	t.is(ownerOf(source), '64000:64001');
	await returnImages(states[0], silentVoice);
	t.is(ownerOf(source), '65534:65534');
});

testAsRoot('what took its place meanwhile, and what somebody else has by now, is let be', async (t) => {
	for (const change of ['other file', 'link', 'other owner'] as const) {
		const {base, states, source, images} = makePlaces(t);
		const victim = join(base, 'victim');
		writeFileSync(victim, '');
		chownSync(victim, qemu.uid, qemu.gid);
		await lendImages(states[0], images, qemu, silentVoice);
		if (change === 'other file' || change === 'link') {
			rmSync(source);
			if (change === 'link') symlinkSync('victim', source);
			else linkSync(victim, source);
		}
		if (change === 'other owner') chownSync(source, 1, 1);
		const told: string[] = [];
		await returnImages(states[0], {notice: (level, code, message) => void told.push(`${level} ${code}: ${message}`)});
		const lost = `warning image-owner: The image ${source} is not given back to its owner (65534:65534): it does not lie there any more`;
		t.deepEqual([told, existsSync(join(states[0], 'lent'))], [change === 'other owner' ? [] : [lost], false], change);
		t.deepEqual([ownerOf(victim), ownerOf(source)], ['64000:64001', change === 'other owner' ? '1:1' : '64000:64001'], change);
	}
});

testAsRoot('one that several machines have goes back to its owner at whatever end comes last', async (t) => {
	for (const order of [
		[0, 1],
		[1, 0],
	] as const) {
		const {states, source, images} = makePlaces(t);
		for (const state of states) {
			await lendImages(state, images, qemu, silentVoice);
		}
		const [first, last] = order;
		await returnImages(states[first], silentVoice);
		t.is(ownerOf(source), '64000:64001', 'the other may be about to open it');
		rmSync(states[first], {recursive: true});
		await returnImages(states[last], silentVoice);
		t.is(ownerOf(source), '65534:65534', order.join());
	}
});

testAsRoot('one that is QEMU’s user’s own stays so, and one that is not there is nothing', async (t) => {
	const {states, source, images} = makePlaces(t);
	chownSync(source, qemu.uid, qemu.gid);
	await lendImages(states[0], [...images, {source: `${source}-missing`}], qemu, silentVoice);
	await returnImages(states[0], silentVoice);
	t.is(ownerOf(source), '64000:64001');
});

testAsRoot('another file that has its inode by now is told by the time when it was made', async (t) => {
	const {states, source, images} = makePlaces(t);
	const ofBefore = (state: string): void => {
		const file = join(state, 'lent');
		writeFileSync(
			file,
			readFileSync(file, 'utf8').replace(/"born":"(\d+)"/, (_, born: string) => `"born":"${BigInt(born) - 1n}"`),
		);
	};
	await lendImages(states[0], images, qemu, silentVoice);
	ofBefore(states[0]);
	// What that one was lent says nothing of this file, which is QEMU's user's own.
	await lendImages(states[1], images, qemu, silentVoice);
	t.false(existsSync(join(states[1], 'lent')));
	await returnImages(states[0], silentVoice);
	t.is(ownerOf(source), '64000:64001');
	chownSync(source, other, other);
	await lendImages(states[1], images, qemu, silentVoice);
	await lendImages(states[0], images, qemu, silentVoice);
	ofBefore(states[0]);
	await returnImages(states[1], silentVoice);
	t.is(ownerOf(source), '65534:65534', 'another machine has another file');
});

testAsRoot('one that cannot be given back keeps no other from its owner, and is given back another time', async (t) => {
	const {base, states, source, images} = makePlaces(t);
	const second = join(base, 'second');
	writeFileSync(second, '');
	chownSync(second, 1, 2);
	await lendImages(states[0], [...images, {source: second}], qemu, silentVoice);
	const refuseFirst = (place: string, uid: number, gid: number): void => {
		if (uid === other) throw new Error('EROFS');
		chownSync(place, uid, gid);
	};
	const message = `Images cannot be given back to their owners: ${source} (65534:65534)`;
	await t.throwsAsync(returnImages(states[0], silentVoice, refuseFirst as typeof chownSync), {message});
	t.deepEqual([ownerOf(source), ownerOf(second)], ['64000:64001', '1:2']);
	await returnImages(states[0], silentVoice);
	t.deepEqual([ownerOf(source), ownerOf(second), existsSync(join(states[0], 'lent'))], ['65534:65534', '1:2', false]);
});

testAsRoot('one whose file system does not tell when it was made is not given back, of which is told', async (t) => {
	const {base, states} = makePlaces(t);
	const mounted = join(base, 'mounted');
	mkdirSync(mounted);
	execFileSync('mount', ['-t', 'ramfs', 'none', mounted], {timeout: 30_000});
	t.teardown(() => void execFileSync('umount', [mounted], {timeout: 30_000}));
	const source = join(mounted, 'image');
	writeFileSync(source, '');
	chownSync(source, other, other);
	const told: string[] = [];
	await lendImages(states[0], [{source}], qemu, {notice: (level, code, message) => void told.push(`${level} ${code}: ${message}`)});
	t.deepEqual(told, [
		`warning image-owner: The image ${source} is given to the user that QEMU runs as, and nobody gives it back: its file system does not tell when files were made`,
	]);
	// As one of before wrote it down.
	const {dev, ino} = statSync(source);
	const lent = {path: source, device: String(dev), inode: String(ino), born: '0', uid: other, gid: other};
	writeFileSync(join(states[0], 'lent'), JSON.stringify({user: qemu, images: [lent]}));
	await returnImages(states[0], silentVoice);
	t.is(ownerOf(source), '64000:64001');
});

testAsRoot('no link gives another file away', async (t) => {
	const {base, states, source, images} = makePlaces(t);
	const [way, hidden] = [join(base, 'way'), join(base, 'hidden')];
	mkdirSync(hidden);
	const victim = join(hidden, 'image');
	writeFileSync(victim, '');
	symlinkSync('hidden', way);
	rmSync(source);
	symlinkSync(victim, source);
	await lendImages(states[0], [...images, {source: join(way, 'image')}], qemu, silentVoice);
	t.deepEqual([ownerOf(victim), existsSync(join(states[0], 'lent'))], ['0:0', false]);
});

testAsRoot('what its file system lets nobody give away is QEMU’s to open or not, and another fault is told', async (t) => {
	const {states, source, images} = makePlaces(t);
	const refuse = (code: string) => (): never => {
		throw Object.assign(new Error(code), {code});
	};
	await lendImages(states[0], images, qemu, silentVoice, refuse('EPERM'));
	await t.throwsAsync(lendImages(states[1], images, qemu, silentVoice, refuse('EIO')), {
		message: `The image ${source} cannot be given to the user that QEMU runs as`,
	});
	for (const state of states) await returnImages(state, silentVoice);
	t.is(ownerOf(source), '65534:65534');
});

testAsRoot('no mount namespace in which another file has the path of an image gives that away', async (t) => {
	const {base, states} = makePlaces(t);
	const [source, victim] = [join(base, 'others/way/image'), join(base, 'victim')];
	mkdirSync(join(base, 'others/way'), {recursive: true});
	for (const path of [source, victim]) writeFileSync(path, '');
	const {lead} = await mountElsewhere(t, {place: source, victim});
	lead();
	await lendImages(states[0], [{source}], qemu, silentVoice);
	t.deepEqual([ownerOf(victim), ownerOf(join(base, 'others/way-saved/image')), existsSync(join(states[0], 'lent'))], ['0:0', '0:0', false]);
});

testWithLock('who lends an image looks into no container, whose directory somebody may keep locked', async (t) => {
	const {states, source} = makePlaces(t);
	const owner = {pid: 1, startTime: '1'};
	writeOwnerRecord(states[1], {owner, namespace: '', uri: 'lxc:///system', name: 'web', uuid: '', lifetime: 'client', temporary: []});
	await lockDirectory(t, states[1]);
	const module = new URL('../../../src/backend/machine/lent-images.js', import.meta.url).href;
	const script = `import {lendImages} from '${module}'; await lendImages(process.argv[1], [{source: process.argv[2]}], {uid: 64000, gid: 64001}, {});`;
	// Of its own: one that waits there does not end.
	const child = spawn(process.execPath, ['--input-type=module', '-e', script, states[0], source], {stdio: 'inherit'});
	t.true(await within(once(child, 'exit'), 20_000));
	t.is(ownerOf(source), '64000:64001');
});
