import {existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {findBootKernel} from '../../../../src/backend/machine/boot/kernels-vmlinux.ts';
import {makeExecutable, segmentType, type TestSegment} from '../../../helpers/elf-file.ts';

const {load, note} = segmentType;
const entryNote = Buffer.concat([Buffer.from([4, 0, 0, 0, 8, 0, 0, 0, 18, 0, 0, 0]), Buffer.from('Xen\0'), Buffer.alloc(8)]);
const data = Buffer.concat([entryNote, Buffer.alloc(1024 ** 2, 1)]);
const sound: readonly TestSegment[] = [
	{type: load, from: 0, bytes: data.length},
	{type: note, from: 0, bytes: entryNote.length},
];

/** A bzImage with a kernel of these segments. */
function makeImage(t: ExecutionContext, segments: readonly TestSegment[]): {readonly image: string; readonly cache: string} {
	const directory = mkdtempSync(join(tmpdir(), 'vmlinux-'));
	t.teardown(() => rmSync(directory, {recursive: true}));
	const payload = Buffer.concat([gzipSync(makeExecutable(segments, data)), Buffer.alloc(4)]);
	const head = Buffer.alloc(1024);
	head[0x1f1] = 1;
	head.write('HdrS', 0x202, 'latin1');
	head.writeUInt32LE(payload.length, 0x24c);
	const [image, cache] = [join(directory, 'vmlinuz'), join(directory, 'cache')];
	writeFileSync(image, Buffer.concat([head, payload]));
	mkdirSync(cache);
	return {image, cache};
}

const write = (path: string, kernel: Uint8Array): void => writeFileSync(path, kernel, {mode: 0o600});

if (process.arch === 'x64') {
	test('a kernel is taken out of its image', async (t) => {
		const {image, cache} = makeImage(t, sound);
		const kernel = await findBootKernel(image, cache, {write, signal: undefined});
		t.not(kernel, image);
		t.true(statSync(kernel).size > data.length);
	});

	test('of an image whose kernel would be more than what was unpacked nothing is taken: it is booted as it is', async (t) => {
		const [first, last] = sound;
		for (const segments of [
			[...sound, ...sound],
			[...Array.from({length: 1000}, () => ({type: note, from: entryNote.length, bytes: data.length - entryNote.length})), first, last],
		]) {
			const {image, cache} = makeImage(
				t,
				segments.filter((each) => each !== undefined),
			);
			t.is(await findBootKernel(image, cache, {write, signal: undefined}), image);
		}
	});

	test('where the start is given up meanwhile nothing is said of the image', async (t) => {
		const {image, cache} = makeImage(t, sound);
		const written: string[] = [];
		await t.throwsAsync(findBootKernel(image, cache, {write: (path) => written.push(path), signal: AbortSignal.abort()}), {name: 'AbortError'});
		t.deepEqual(written, []);
		t.true(existsSync(image));
	});
}
