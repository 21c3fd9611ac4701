import {chownSync, linkSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {lendImages, returnImages} from '../../../src/backend/life/lent-images.ts';

/** Only root can give files away. */
const testAsRoot = process.geteuid?.() === 0 ? test : test.skip;
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
	return {base, states, source, images: [{source, readonly: true}], libvirt: () => chownSync(source, qemu.uid, qemu.gid)};
}

function ownerOf(path: string): string {
	const {uid, gid} = statSync(path);
	return `${uid}:${gid}`;
}

testAsRoot('a read-only image is given back to whom the start found, the file that a link led to', (t) => {
	const {base, states, source, libvirt} = makePlaces(t);
	const link = join(base, 'link');
	symlinkSync('image', link);
	lendImages(states[0], [{source: link, readonly: true}], qemu);
	libvirt();
	rmSync(link);
	symlinkSync('/etc/passwd', link);
	returnImages(states[0]);
	t.deepEqual([ownerOf(source), ownerOf('/etc/passwd')], ['65534:65534', '0:0']);
});

testAsRoot('what took its place meanwhile, what somebody else has by now, and what the machine may write to are let be', (t) => {
	for (const change of ['other file', 'link', 'other owner', 'writable'] as const) {
		const {base, states, source, images, libvirt} = makePlaces(t);
		const victim = join(base, 'victim');
		writeFileSync(victim, '');
		chownSync(victim, qemu.uid, qemu.gid);
		lendImages(states[0], change === 'writable' ? [{source, readonly: false}] : images, qemu);
		libvirt();
		if (change === 'other file' || change === 'link') {
			rmSync(source);
			if (change === 'link') symlinkSync('victim', source);
			else linkSync(victim, source);
		}
		if (change === 'other owner') chownSync(source, 1, 1);
		returnImages(states[0]);
		t.deepEqual([ownerOf(victim), ownerOf(source)], ['64000:64001', change === 'other owner' ? '1:1' : '64000:64001'], change);
	}
});

testAsRoot('one that several machines have goes back to its owner at whatever end comes last', (t) => {
	for (const order of [
		[0, 1],
		[1, 0],
	] as const) {
		const {states, source, images, libvirt} = makePlaces(t);
		for (const state of states) {
			lendImages(state, images, qemu);
			libvirt();
		}
		const [first, last] = order;
		returnImages(states[first]);
		rmSync(states[first], {recursive: true});
		// The last one's create may come after the end of the first.
		libvirt();
		returnImages(states[last]);
		t.is(ownerOf(source), '65534:65534', order.join());
	}
});

testAsRoot('one that is QEMU’s user’s own stays so, and one that is not there is nothing', (t) => {
	const {states, source, images, libvirt} = makePlaces(t);
	libvirt();
	lendImages(states[0], [...images, {source: `${source}-missing`, readonly: true}], qemu);
	returnImages(states[0]);
	t.is(ownerOf(source), '64000:64001');
});
