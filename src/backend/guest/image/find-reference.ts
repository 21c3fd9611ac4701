import {safeText} from '../../../core/text.ts';
import type {ImageFormat} from '../../../spec/image-formats.ts';
import type {ImageFile} from './image-file.ts';

/**
 * What an image has that leads, or may lead, to another file when a program of QEMU opens it, in words that go on from "the image";
 * undefined: surely nothing. A guest may have written every byte of it, so each offset and length is looked at before it is used,
 * and what is not understood counts as a reference.
 */
export function findReference(image: ImageFile, format: ImageFormat): string | undefined {
	return readers[format](image);
}

const readers: Readonly<Record<ImageFormat, (image: ImageFile) => string | undefined>> = {
	raw: () => undefined,
	qcow2: readQcow2,
	qcow: readQcow,
	qed: readQed,
	vdi: readVdi,
	vmdk: readVmdk,
	vpc: readVpc,
};

const broken = 'has a header that is not understood';
/** QEMU's own limit. */
const longestName = 1023;

function named(what: string, name: Buffer | undefined): string {
	return name === undefined || name.length === 0 ? what : `${what}, ${safeText(name.toString())}`;
}

function readBacking(image: ImageFile, offset: number | bigint, length: number): string | undefined {
	const isPlaced = BigInt(offset) !== 0n;
	if (!isPlaced && length === 0) return undefined;
	return named('refers to a backing file', isPlaced && length <= longestName ? image.read(offset, length) : undefined);
}

function readQcow(image: ImageFile): string | undefined {
	const header = image.read(0, 48);
	return header === undefined ? broken : readBacking(image, header.readBigUInt64BE(8), header.readUInt32BE(16));
}

const qcow2 = {
	header: {2: 72, 3: 104},
	clusterBits: {least: 9, most: 21},
	/** Dirty, corrupt, data file, kind of compression, subclusters. */
	knownFeatures: 0b1_1111n,
	dataFile: 0b100n,
	dataFileName: 0x4441_5441,
	mostExtensions: 64,
} as const;

function readQcow2(image: ImageFile): string | undefined {
	const header = image.read(0, qcow2.header[2]);
	const version = header?.readUInt32BE(4);
	if (header === undefined || (version !== 2 && version !== 3)) return broken;
	const backing = readBacking(image, header.readBigUInt64BE(8), header.readUInt32BE(16));
	if (backing !== undefined) return backing;
	const clusterBits = header.readUInt32BE(20);
	if (clusterBits < qcow2.clusterBits.least || clusterBits > qcow2.clusterBits.most) return broken;
	const end = 2 ** clusterBits;
	const whole = image.read(0, qcow2.header[version]);
	if (whole === undefined) return broken;
	const features = version === 3 ? whole.readBigUInt64BE(72) : 0n;
	const begin = version === 3 ? whole.readUInt32BE(100) : qcow2.header[2];
	if (begin < qcow2.header[version] || begin % 8 !== 0) return broken;
	const dataFile = readQcow2Extensions(image, begin, end);
	if (dataFile !== undefined) return dataFile;
	if ((features & qcow2.dataFile) !== 0n) return 'keeps its data in another file';
	return (features & ~qcow2.knownFeatures) === 0n ? undefined : 'has features that are not known here';
}

/** The data's file among the parts that follow the header, each with its kind and length, up to an empty one. */
function readQcow2Extensions(image: ImageFile, begin: number, end: number): string | undefined {
	let offset = begin;
	for (let count = 0; count < qcow2.mostExtensions && offset + 8 <= end; count++) {
		const extension = image.read(offset, 8);
		if (extension === undefined) return broken;
		const kind = extension.readUInt32BE();
		const length = extension.readUInt32BE(4);
		if (kind === 0) return undefined;
		if (kind === qcow2.dataFileName) return named('keeps its data in another file', length <= longestName ? image.read(offset + 8, length) : undefined);
		offset += 8 + Math.ceil(length / 8) * 8;
	}
	return offset === end ? undefined : broken;
}

/** Bits of the features: a backing file, a check that is due, a backing file that is raw. */
const qedFeatures = {backing: 0b001n, known: 0b111n};

function readQed(image: ImageFile): string | undefined {
	const header = image.read(0, 64);
	if (header === undefined) return broken;
	const features = header.readBigUInt64LE(16);
	const backing = readBacking(image, header.readUInt32LE(56), header.readUInt32LE(60));
	if (backing !== undefined || (features & qedFeatures.backing) !== 0n) return backing ?? 'refers to a backing file';
	return (features & ~qedFeatures.known) === 0n ? undefined : 'has features that are not known here';
}

function isZero(bytes: Buffer): boolean {
	return bytes.every((byte) => byte === 0);
}

function readVdi(image: ImageFile): string | undefined {
	const header = image.read(0, 456);
	const type = header?.readUInt32LE(76);
	// Dynamic and fixed.
	if (header === undefined || (type !== 1 && type !== 2)) return broken;
	return isZero(header.subarray(424, 456)) ? undefined : 'refers to another image by its number';
}

/** Where QEMU looks for a parent in the description, whatever the header says. */
const vmdkDescription = {offset: 512, length: 20 * 512};

function readVmdk(image: ImageFile): string | undefined {
	const header = image.read(0, 512);
	const magic = header?.toString('latin1', 0, 4);
	// A description alone names the files that hold the data, and the parts of an image of ESX belong to one.
	if (magic !== 'KDMV') return 'is a description of files that hold the data, or a part of one';
	const description = image.read(vmdkDescription.offset, Math.min(vmdkDescription.length, (image.size ?? Infinity) - vmdkDescription.offset));
	if (header === undefined || description === undefined) return broken;
	// Without a capacity QEMU takes the header for the place of a description.
	if (header.readBigUInt64LE(12) === 0n) return 'is a description of files that hold the data';
	const parent = /parentFileNameHint(?:="([^"\n]*))?/i.exec(description.toString('latin1'));
	return parent === null ? undefined : named('refers to a parent', Buffer.from(parent[1] ?? '', 'latin1'));
}

const vpc = {footer: 512, fixed: 2, dynamic: 3, header: 1024} as const;

function readVpc(image: ImageFile): string | undefined {
	const head = image.read(0, vpc.footer);
	if (head === undefined) return broken;
	if (head.toString('latin1', 0, 8) !== 'conectix') {
		const footer = image.size === undefined ? undefined : image.read(image.size - vpc.footer, vpc.footer);
		return footer?.readUInt32BE(60) === vpc.fixed ? undefined : broken;
	}
	const header = image.read(head.readBigUInt64BE(16), vpc.header);
	if (head.readUInt32BE(60) !== vpc.dynamic || header?.toString('latin1', 0, 8) !== 'cxsparse') return broken;
	// The parent's number, its name, and where it lies.
	return isZero(header.subarray(40, 768)) ? undefined : 'refers to a parent';
}
