import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {checkImage} from '../../../../src/backend/guest/image/check-image.ts';
import {refuseOrders} from '../../../../src/backend/guest/image/file-systems.ts';
import {ShellError} from '../../../../src/core/errors.ts';
import {imageFormats, type ImageFormat} from '../../../../src/spec/image-formats.ts';
import {bytes, qcow2, qcow2WithBacking, qcow2WithDataFile} from '../../../helpers/image-bytes.ts';

function makeDirectory(t: ExecutionContext): string {
	const directory = mkdtempSync(join(tmpdir(), 'images-'));
	t.teardown(() => rmSync(directory, {recursive: true, force: true}));
	return directory;
}

function writeImage(t: ExecutionContext, content: Buffer, size?: number): string {
	const path = join(makeDirectory(t), 'image');
	writeFileSync(path, content);
	if (size !== undefined) truncateSync(path, size);
	return path;
}

/** What is said of an image; undefined: it may be used. The image itself is called IMAGE. */
function complaint(source: string, format: ImageFormat, chain = false): string | undefined {
	try {
		checkImage({source, format, chain});
		return undefined;
	} catch (error) {
		if (!(error instanceof ShellError) || error.code !== 'refused') throw error;
		return error.message.replace(source, 'IMAGE');
	}
}

// Each format without references.

const qcow = (parts: Parameters<typeof bytes>[1] = []): Buffer => bytes(4096, [[0, 'QFI\u00fb'], [4, {be32: 1}], [32, Buffer.from([12, 9])], ...parts]);
const qed = (parts: Parameters<typeof bytes>[1] = []): Buffer => bytes(4096, [[0, 'QED\0'], [4, {le32: 65_536}], ...parts]);
const vdi = (parts: Parameters<typeof bytes>[1] = []): Buffer =>
	bytes(4096, [[0, '<<< QEMU VM Virtual Disk Image >>>\n'], [64, '\u007f\u0010\u00da\u00be'], [76, {le32: 1}], ...parts]);
const vmdk = (parts: Parameters<typeof bytes>[1] = []): Buffer =>
	bytes(65_536, [[0, 'KDMV'], [4, {le32: 1}], [12, {le64: 2048n}], [28, {le64: 1n}], [512, '# Disk DescriptorFile\nparentCID=ffffffff\n'], ...parts]);
/** A dynamic one: the footer's copy, then its header. */
const vpc = (parts: Parameters<typeof bytes>[1] = []): Buffer =>
	bytes(4096, [[0, 'conectix'], [16, {be64: 512n}], [60, {be32: 3}], [512, 'cxsparse'], [4096 - 512, 'conectix'], ...parts]);
const fixedVpc = (parts: Parameters<typeof bytes>[1] = []): Buffer => bytes(4096, [[4096 - 512, 'conectix'], [4096 - 512 + 60, {be32: 2}], ...parts]);

const harmless: ReadonlyArray<readonly [name: string, format: ImageFormat, image: Buffer]> = [
	['qcow2', 'qcow2', qcow2()],
	['qcow2 of version 2', 'qcow2', qcow2([[4, {be32: 2}]])],
	[
		'qcow2 with the names of its features',
		'qcow2',
		qcow2([
			[104, {be32: 0x6803_f857}],
			[108, {be32: 45}],
			[112, 'x'.repeat(45)],
		]),
	],
	['qcow2 that was not closed, with subclusters', 'qcow2', qcow2([[72, {be64: 0b1_0001n}]])],
	['qcow2 with a longer header', 'qcow2', qcow2([[100, {be32: 112}]])],
	['qcow', 'qcow', qcow()],
	['qed', 'qed', qed()],
	['qed that is to be checked', 'qed', qed([[16, {le64: 0b10n}]])],
	['vdi', 'vdi', vdi()],
	['vdi of fixed size', 'vdi', vdi([[76, {le32: 2}]])],
	['vmdk', 'vmdk', vmdk()],
	['vpc', 'vpc', vpc()],
	['vpc of fixed size', 'vpc', fixedVpc()],
];

for (const [name, format, image] of harmless) {
	test(`${name} without references is taken as ${format}, and as nothing else`, (t) => {
		const path = writeImage(t, image);
		t.is(complaint(path, format), undefined);
		for (const other of imageFormats.filter((each) => each !== format)) {
			t.is(complaint(path, other), other === 'raw' ? `The image IMAGE looks like ${format}, but should be raw` : `The image IMAGE is not ${other}`);
			t.is(complaint(path, other, true), complaint(path, other), 'chain=yes changes nothing in that');
		}
	});

	test(`${name} that is cut off anywhere, or continues as a hole, does not harm the reader`, (t) => {
		const path = writeImage(t, image);
		for (const size of [0, 1, 4, 7, 8, 47, 48, 63, 64, 71, 72, 75, 103, 104, 111, 455, 511, 512, 513, 1535, 1536, 2 ** 40]) {
			writeFileSync(path, image);
			truncateSync(path, size);
			for (const each of imageFormats) t.notThrows(() => complaint(path, each), `${each}, ${size} bytes`);
			if (size < 48 && format !== 'vmdk') t.not(complaint(path, format), undefined, `${size} bytes`);
		}
	});
}

// Other formats, and what is ordinary in a raw image.

const others: Readonly<Record<string, Buffer>> = {
	vhdx: bytes(4096, [[0, 'vhdxfile']]),
	parallels: bytes(4096, [[0, 'WithoutFreeSpace']]),
	bochs: bytes(4096, [[0, 'Bochs Virtual HD Image']]),
	cloop: bytes(4096, [[0, '#!/bin/sh\n#V2.0 Format\n']]),
	cow: bytes(4096, [[0, 'OOOM']]),
	dmg: bytes(4096, [[4096 - 512, 'koly']]),
};

for (const [format, image] of Object.entries(others)) {
	test(`what looks like ${format} is no raw image, and is to be converted by that name`, (t) => {
		const source = writeImage(t, image);
		const error = t.throws(() => checkImage({source, format: 'raw', chain: false}), {instanceOf: ShellError});
		t.like(error, {
			code: 'refused',
			message: `The image ${source} looks like ${format}, but should be raw`,
			hint: `libvirt knows no images of the format ${format}. Convert it: qemu-img convert -f ${format} -O raw OLD NEW`,
		});
	});
}

test('a raw image that looks like another format is refused with the word to say, and one of another format with what it looks like', (t) => {
	const source = writeImage(t, qcow2());
	t.like(
		t.throws(() => checkImage({source, format: 'raw', chain: false})),
		{hint: 'Add format=qcow2 if you made it that way; a sandbox that could write to the image may have written that header'},
	);
	t.like(
		t.throws(() => checkImage({source, format: 'vdi', chain: false})),
		{
			message: `The image ${source} is not vdi`,
			hint: 'Add format=qcow2 if you made it that way; a sandbox that could write to the image may have written that header',
		},
	);
	writeFileSync(source, 'nothing');
	t.like(
		t.throws(() => checkImage({source, format: 'qcow2', chain: false})),
		{message: `The image ${source} is not qcow2`, hint: 'Leave format= out: nothing in it suggests a format other than raw'},
	);
});

test('nothing, text, tables of partitions, file systems and LUKS are ordinary in a raw image', (t) => {
	const ordinary: Readonly<Record<string, Buffer>> = {
		nothing: Buffer.alloc(0),
		'one byte': Buffer.from('x'),
		zeros: Buffer.alloc(65_536),
		text: Buffer.from('#!/bin/sh\n# a script\necho version=1\n'),
		'a long comment': Buffer.from('#\n'.repeat(50_000)),
		partitions: bytes(65_536, [
			[510, '\u0055\u00aa'],
			[512, 'EFI PART'],
		]),
		ext4: bytes(65_536, [[0x438, '\u0053\u00ef']]),
		LUKS: bytes(65_536, [
			[0, 'LUKS\u00ba\u00be'],
			[6, '\0\u0001'],
		]),
		iso9660: bytes(65_536, [[0x8001, 'CD001']]),
	};
	for (const [name, content] of Object.entries(ordinary)) t.is(complaint(writeImage(t, content), 'raw'), undefined, name);
});

// References.

const huge = 2n ** 64n - 1n;
const backed = 'The image IMAGE refers to a backing file';
const elsewhere = 'The image IMAGE keeps its data in another file';
const unclear = 'The image IMAGE has a header that is not understood';
const unknownFeatures = 'The image IMAGE has features that are not known here';
const description = 'The image IMAGE is a description of files that hold the data';
const vmdkText = 'version=1\nCID=fffffffe\nparentCID=ffffffff\ncreateType="monolithicFlat"\nRW 16 FLAT "/etc/shadow" 0\n';

const references: ReadonlyArray<readonly [name: string, format: ImageFormat, image: Buffer, complaint: string]> = [
	['qcow2 with a backing file', 'qcow2', qcow2WithBacking('/etc/shadow'), `${backed}, /etc/shadow`],
	[
		'qcow2 of version 2 with a backing file',
		'qcow2',
		qcow2([
			[4, {be32: 2}],
			[8, {be64: 256n}],
			[16, {be32: 6}],
			[256, '/a/b/c'],
		]),
		`${backed}, /a/b/c`,
	],
	['qcow2 whose backing file has a name for terminals', 'qcow2', qcow2WithBacking('/\u001b[31m'), `${backed}, /\\x1b[31m`],
	[
		'qcow2 with a name beyond its end',
		'qcow2',
		qcow2([
			[8, {be64: 2n ** 40n}],
			[16, {be32: 10}],
		]),
		backed,
	],
	[
		'qcow2 with a name at the last offset there is',
		'qcow2',
		qcow2([
			[8, {be64: huge}],
			[16, {be32: 0xffff_ffff}],
		]),
		backed,
	],
	[
		'qcow2 with an offset that is negative to some',
		'qcow2',
		qcow2([
			[8, {be64: 2n ** 63n}],
			[16, {be32: 10}],
		]),
		backed,
	],
	['qcow2 with a name without a length', 'qcow2', qcow2([[8, {be64: 256n}]]), backed],
	['qcow2 with a length without a name', 'qcow2', qcow2([[16, {be32: 5}]]), backed],
	['qcow2 with a data file', 'qcow2', qcow2WithDataFile('/etc/shadow'), `${elsewhere}, /etc/shadow`],
	['qcow2 with a data file without a name', 'qcow2', qcow2([[72, {be64: 0b100n}]]), elsewhere],
	[
		'qcow2 with the name of a data file alone',
		'qcow2',
		qcow2([
			[104, {be32: 0x4441_5441}],
			[108, {be32: 4}],
			[112, '/a/b'],
		]),
		`${elsewhere}, /a/b`,
	],
	[
		'qcow2 with the name behind other parts',
		'qcow2',
		qcow2([
			[104, {be32: 1}],
			[108, {be32: 3}],
			[120, {be32: 2}],
			[128, {be32: 0x4441_5441}],
			[132, {be32: 0xffff_ffff}],
		]),
		elsewhere,
	],
	[
		'qcow2 of version 2 with the name of a data file',
		'qcow2',
		qcow2([
			[4, {be32: 2}],
			[72, {be32: 0x4441_5441}],
			[76, {be32: 2}],
			[80, '/a'],
		]),
		`${elsewhere}, /a`,
	],
	[
		'qcow2 with a part of 4 GiB',
		'qcow2',
		qcow2([
			[104, {be32: 1}],
			[108, {be32: 0xffff_ffff}],
		]),
		unclear,
	],
	['qcow2 with parts without end', 'qcow2', qcow2(Array.from({length: 8000}, (_, index) => [104 + 8 * index, {be32: 1}] as const)), unclear],
	['qcow2 with a feature of tomorrow', 'qcow2', qcow2([[72, {be64: 0b10_0000n}]]), unknownFeatures],
	['qcow2 with all features', 'qcow2', qcow2([[72, {be64: huge}]]), elsewhere],
	['qcow2 of a version of tomorrow', 'qcow2', qcow2([[4, {be32: 4}]]), unclear],
	['qcow2 of no version', 'qcow2', qcow2([[4, {be32: 0}]]), unclear],
	['qcow2 with clusters of 4 GiB', 'qcow2', qcow2([[20, {be32: 32}]]), unclear],
	['qcow2 with clusters of one byte', 'qcow2', qcow2([[20, {be32: 0}]]), unclear],
	['qcow2 with clusters of more bits than a number has', 'qcow2', qcow2([[20, {be32: 0xffff_ffff}]]), unclear],
	['qcow2 with too short a header', 'qcow2', qcow2([[100, {be32: 72}]]), unclear],
	['qcow2 with a header without end', 'qcow2', qcow2([[100, {be32: 0xffff_fff8}]]), unclear],
	['qcow2 with an odd header', 'qcow2', qcow2([[100, {be32: 105}]]), unclear],
	[
		'qcow with a backing file',
		'qcow',
		qcow([
			[8, {be64: 48n}],
			[16, {be32: 4}],
			[48, '/a/b'],
		]),
		`${backed}, /a/b`,
	],
	['qcow with a name nowhere', 'qcow', qcow([[8, {be64: huge}]]), backed],
	[
		'qed with a backing file',
		'qed',
		qed([
			[16, {le64: 1n}],
			[56, {le32: 64}],
			[60, {le32: 4}],
			[64, '/a/b'],
		]),
		`${backed}, /a/b`,
	],
	['qed that says so alone', 'qed', qed([[16, {le64: 0b101n}]]), backed],
	[
		'qed with a name alone',
		'qed',
		qed([
			[56, {le32: 0xffff_ffff}],
			[60, {le32: 0xffff_ffff}],
		]),
		backed,
	],
	['qed with a feature of tomorrow', 'qed', qed([[16, {le64: 8n}]]), unknownFeatures],
	['vdi of the kind that has a parent', 'vdi', vdi([[76, {le32: 4}]]), unclear],
	['vdi with the number of a parent', 'vdi', vdi([[440, '\u0001']]), 'The image IMAGE refers to another image by its number'],
	['vdi with the number of another', 'vdi', vdi([[439, '\u0001']]), 'The image IMAGE refers to another image by its number'],
	['vmdk that is text', 'vmdk', Buffer.from(`# Disk DescriptorFile\n${vmdkText}`), `${description}, or a part of one`],
	['vmdk that is text without its first line', 'vmdk', Buffer.from(`\n # x\n`.replace(' #', '#') + vmdkText), `${description}, or a part of one`],
	['vmdk that is text with returns', 'vmdk', Buffer.from(`\r\n${vmdkText.replaceAll('\n', '\r\n')}`), `${description}, or a part of one`],
	['vmdk that is a part of one', 'vmdk', bytes(4096, [[0, 'COWD']]), `${description}, or a part of one`],
	['vmdk without a capacity', 'vmdk', vmdk([[12, {le64: 0n}]]), description],
	['vmdk with a parent', 'vmdk', vmdk([[600, 'parentFileNameHint="/etc/shadow"\n']]), 'The image IMAGE refers to a parent, /etc/shadow'],
	[
		'vmdk with a parent behind a NUL, at the end of where it is looked for',
		'vmdk',
		vmdk([[10_700, 'PARENTFILENAMEHINT=x']]),
		'The image IMAGE refers to a parent',
	],
	['vpc with the number of a parent', 'vpc', vpc([[512 + 40, '\u0001']]), 'The image IMAGE refers to a parent'],
	['vpc with the name of a parent', 'vpc', vpc([[512 + 64, '\0a']]), 'The image IMAGE refers to a parent'],
	['vpc with the place of a parent', 'vpc', vpc([[512 + 767, '\u0001']]), 'The image IMAGE refers to a parent'],
	['vpc of the kind that has a parent', 'vpc', vpc([[60, {be32: 4}]]), unclear],
	['vpc whose header is nowhere', 'vpc', vpc([[16, {be64: huge}]]), unclear],
	['vpc whose header is cut off', 'vpc', vpc([[16, {be64: 3584n}]]), unclear],
	['vpc whose header is none', 'vpc', vpc([[512, 'cxSparse']]), unclear],
	['vpc of fixed size that says another kind', 'vpc', fixedVpc([[4096 - 512 + 60, {be32: 4}]]), unclear],
];

for (const [name, format, image, expected] of references) {
	test(`${name} is refused without chain=yes`, (t) => {
		const path = writeImage(t, image);
		t.is(complaint(path, format), expected);
		t.is(complaint(path, format, true), undefined);
		t.is(complaint(path, 'raw', true), `The image IMAGE looks like ${format}, but should be raw`);
		t.deepEqual(readFileSync(path), image);
	});
}

test('the hint of a reference says who may have made it, and the word that allows it', (t) => {
	const source = writeImage(t, qcow2WithBacking('/etc/shadow'));
	t.like(
		t.throws(() => checkImage({source, format: 'qcow2', chain: false})),
		{hint: 'A sandbox that could write to it may have done that. Add chain=yes if everything that it refers to may be opened'},
	);
});

// What is no image.

test('a pipe is not waited for, a directory, a device and a link are refused', (t) => {
	const directory = makeDirectory(t);
	execFileSync('mkfifo', [join(directory, 'pipe')]);
	mkdirSync(join(directory, 'inner'));
	writeFileSync(join(directory, 'image'), qcow2());
	symlinkSync('image', join(directory, 'link'));
	t.is(complaint(join(directory, 'pipe'), 'raw'), 'The image IMAGE is neither a file nor a block device');
	t.is(complaint(join(directory, 'inner'), 'raw'), 'The image IMAGE is a directory');
	t.is(complaint('/dev/null', 'raw'), 'The image IMAGE is neither a file nor a block device');
	// It took the place of the image that was found.
	t.throws(() => checkImage({source: join(directory, 'link'), format: 'qcow2', chain: false}), {message: /^The way to .* has changed$/});
	t.throws(() => checkImage({source: join(directory, 'none'), format: 'qcow2', chain: false}), {message: /^The host has no .*none$/});
});

const raw = {format: 'raw', chain: false, readonly: false} as const;
const extMagic = [0x438, Buffer.from([0x53, 0xef])] as const;

test('a raw image is refused whose file system may name other devices of the host, whatever else it looks like', (t) => {
	const erofs = (devices: number): string =>
		writeImage(
			t,
			bytes(4096, [
				[0x400, Buffer.from('e2e1f5e0', 'hex')],
				[0x400 + 86, Buffer.from([devices, 0])],
			]),
		);
	const f2fs = writeImage(
		t,
		bytes(4096, [
			[0, 'XFSB'],
			[0x400, Buffer.from('1020f5f2', 'hex')],
		]),
	);
	const named = (place: number, magic: string): string => writeImage(t, bytes(place + 4096, [[place, magic]]));
	for (const [source, type] of [
		[f2fs, 'f2fs'],
		[named(0x8000, 'JFS1'), 'jfs'],
		[named(0x1_0034, 'ReIsEr2Fs'), 'reiserfs'],
	] as const) {
		t.throws(() => refuseOrders({...raw, source}), {
			code: 'refused',
			message: `The image ${source} holds a file system (${type}) that may name other devices of the host`,
		});
	}
	const behind = writeImage(
		t,
		bytes(4096, [
			[0, 'hsqs'],
			[0x400, Buffer.from('e2e1f5e0', 'hex')],
			[0x400 + 86, Buffer.from([1, 0])],
		]),
	);
	t.throws(() => refuseOrders({...raw, source: behind}), {message: /has an erofs whose files lie on other devices/});
	const spread = erofs(1);
	t.throws(() => refuseOrders({...raw, source: spread}), {message: `The image ${spread} has an erofs whose files lie on other devices of the host`});
	t.notThrows(() => refuseOrders({...raw, source: erofs(0)}));
});

test('a raw image whose superblock has the kernel stop at a fault is refused', (t) => {
	const ext = (onFault: number): string => writeImage(t, bytes(4096, [[0x438, Buffer.from([0x53, 0xef, 0, 0, onFault, 0])]]));
	const panicking = ext(3);
	t.throws(() => refuseOrders({...raw, source: panicking}), {
		code: 'refused',
		message: `The image ${panicking} says that a fault in it is to stop the host (errors=panic)`,
	});
	const optioned = writeImage(
		t,
		bytes(4096, [
			[0x438, Buffer.from([0x53, 0xef])],
			[0x600, 'errors=panic'],
		]),
	);
	t.throws(() => refuseOrders({...raw, source: optioned}), {
		code: 'refused',
		message: `The image ${optioned} has mount options of its own, which the host would obey`,
	});
	for (const source of [ext(1), ext(2), writeImage(t, bytes(4096, [[0x43c, Buffer.from([3, 0])]])), writeImage(t, Buffer.alloc(100))]) {
		t.notThrows(() => refuseOrders({...raw, source}));
	}
});

test('a raw image that has the kernel wait at a writable mount is refused', (t) => {
	const waiting = writeImage(t, bytes(4096, [extMagic, [0x460, Buffer.from([0x42, 0x01])]]));
	t.throws(() => refuseOrders({...raw, source: waiting}), {message: /^The image \S+ makes the host wait at its mount/});
	t.notThrows(() => refuseOrders({...raw, readonly: true, source: waiting}));
	t.notThrows(() => refuseOrders({...raw, source: writeImage(t, bytes(4096, [extMagic, [0x460, Buffer.from([0x42, 0x02])]]))}));
});

test('a raw image that has its journal on a device of the host is refused, read-only too', (t) => {
	const ext = (compatible: number, inode: number, device: number): string =>
		writeImage(t, bytes(4096, [extMagic, [0x45c, Buffer.from([compatible])], [0x4e0, Buffer.from([inode, 0, 0, 0, 0, device, 0, 0])]]));
	for (const readonly of [true, false]) {
		t.throws(() => refuseOrders({...raw, readonly, source: ext(4, 0, 8)}), {message: /^The image \S+ has its journal on another device/});
		for (const source of [ext(4, 8, 8), ext(0, 0, 8), ext(4, 0, 0)]) t.notThrows(() => refuseOrders({...raw, readonly, source}));
	}
});
