import {chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {LoopFile} from '../../../../src/backend/container/images/file-in-loop.ts';
import {createWithLoops, requireAlone} from '../../../../src/backend/container/images/loop-images.ts';

/** A host with loop devices, and what some process has mounted: the device and what its file system is. */
function makeHost(t: ExecutionContext, loops: Readonly<Record<string, string>>, mounted: ReadonlyArray<readonly [device: string, options: string]> = []) {
	const directory = mkdtempSync(join(tmpdir(), 'loops-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	const [blocks, processes] = [join(directory, 'block'), join(directory, 'proc')];
	mkdirSync(join(blocks, 'sda'), {recursive: true});
	for (const [device, file] of Object.entries(loops)) {
		mkdirSync(join(blocks, device, 'loop'), {recursive: true});
		writeFileSync(join(blocks, device, 'loop/backing_file'), `${file.startsWith('/') ? file : join(directory, file)}\n`);
		writeFileSync(join(blocks, device, 'dev'), `7:${device.slice(4)}\n`);
	}
	mkdirSync(join(processes, '7/ns'), {recursive: true});
	symlinkSync('mnt:[1]', join(processes, '7/ns/mnt'));
	const lines = mounted.map(([device, options]) => `704 664 ${device} / /img ro,relatime - ext4 /dev/loop ${options}\n`);
	writeFileSync(join(processes, '7/mountinfo'), lines.join(''));
	for (const name of ['image', 'other']) writeFileSync(join(directory, name), '');
	// By default nobody may ask.
	const start = async (isReadonlyMount: boolean, ask = (): Promise<LoopFile | undefined> => Promise.reject(new Error('no'))): Promise<boolean> =>
		createWithLoops({
			images: [{source: join(directory, 'image'), isReadonlyMount}],
			lock: join(directory, 'lock'),
			create: () => Promise.resolve(true),
			ask,
			signal: undefined,
			places: {blocks, processes},
		});
	const require = (own: string): Promise<void> =>
		requireAlone({source: join(directory, 'image'), isReadonlyMount: false}, own, {
			ask: () => Promise.reject(new Error('no')),
			places: {blocks, processes},
		});
	return {directory, blocks, start, require};
}

test('an image that a loop device has already is in use, and others are not', async (t) => {
	const {directory, start} = makeHost(t, {loop0: 'other', loop1: '/nowhere (deleted)', loop7: 'image'});
	const error = await t.throwsAsync(start(false), {message: `The image ${join(directory, 'image')} is in use: this host has it as /dev/loop7`});
	t.like(error, {code: 'refused'});
	t.true(await makeHost(t, {loop0: 'other', loop1: '/nowhere (deleted)'}).start(false));
	t.true(await makeHost(t, {}).start(false));
});

test('a device that is asked and has another file is none of an image, whatever its file is called', async (t) => {
	const {directory, start} = makeHost(t, {loop7: 'image'});
	const {dev, ino, rdev} = statSync(join(directory, 'image'), {bigint: true});
	for (const answer of [undefined, {dev, ino: ino + 1n, rdev}]) t.true(await start(false, () => Promise.resolve(answer)));
	await t.throwsAsync(
		start(false, () => Promise.resolve({dev, ino, rdev})),
		{message: /is in use/},
	);
});

test('a device whose file has lost its name may have the image by another one', async (t) => {
	const {directory, start} = makeHost(t, {loop7: '/gone (deleted)'});
	const {dev, ino, rdev} = statSync(join(directory, 'image'), {bigint: true});
	t.true(await start(false, () => Promise.resolve({dev, ino: ino + 1n, rdev})));
	await t.throwsAsync(
		start(false, () => Promise.resolve({dev, ino, rdev})),
		{message: /is in use/},
	);
});

test('a device whose mount namespace has gone shows a name within its file system, whatever else has that name here', async (t) => {
	const {directory, start: startBeside} = makeHost(t, {loop7: '/image', loop8: 'other'});
	const image = statSync(join(directory, 'image'), {bigint: true});
	t.true(await startBeside(false, () => Promise.resolve({...image, ino: image.ino + 1n})));
	await t.throwsAsync(
		startBeside(false, () => Promise.resolve(image)),
		{message: /is in use.*loop7/},
	);
	// Nobody says that it is another one.
	await t.throwsAsync(startBeside(false), {message: /is in use.*loop7/});
	const {directory: other, start} = makeHost(t, {loop7: '/nowhere/at/all'});
	const {dev, ino, rdev} = statSync(join(other, 'image'), {bigint: true});
	await t.throwsAsync(
		start(false, () => Promise.resolve({dev, ino, rdev})),
		{message: /is in use/},
	);
	t.true(await start(false));
});

test('nobody looks at a file of a device where others may change the way: one by another name is not known there', async (t) => {
	const {directory, start} = makeHost(t, {loop3: 'place/link'});
	mkdirSync(join(directory, 'place'), {mode: 0o700});
	linkSync(join(directory, 'image'), join(directory, 'place/link'));
	await t.throwsAsync(start(false), {message: /is in use/});
	chmodSync(join(directory, 'place'), 0o777);
	t.true(await start(false));
});

test('several may mount an image read-only, as long as all are seen to do so', async (t) => {
	const loops = {loop7: 'image'};
	t.true(await makeHost(t, loops, [['7:7', 'ro']]).start(true));
	for (const mounted of [[], [['7:7', 'rw']]] as const) {
		await t.throwsAsync(makeHost(t, loops, mounted).start(true), {message: /is in use/});
	}
	await t.throwsAsync(makeHost(t, loops, [['7:7', 'ro']]).start(false), {message: /is in use/});
});

test('the loop device of a sandbox that has just ended may take a moment to go', async (t) => {
	const {blocks, start} = makeHost(t, {loop7: 'image'});
	const starting = start(false);
	setTimeout(() => rmSync(join(blocks, 'loop7/loop'), {recursive: true}), 100);
	t.true(await starting);
});

test('one that another start has got meanwhile, which was given up, is in use as well; its own device is none', async (t) => {
	const {directory, require} = makeHost(t, {loop3: 'image', loop4: 'other'});
	await t.notThrowsAsync(require('loop3'));
	await t.throwsAsync(require('loop4'), {message: `The image ${join(directory, 'image')} is in use: this host has it as /dev/loop3`});
});
