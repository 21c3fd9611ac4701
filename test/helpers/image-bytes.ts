// The first bytes of images, as a guest may write them too: no program makes them, so the tests need none.

/** Bytes of so many in all, with parts of them set: an offset, and text (one byte a character), bytes, or a number in a form. */
export function bytes(length: number, parts: ReadonlyArray<readonly [offset: number, value: Value]>): Buffer {
	const all = Buffer.alloc(length);
	for (const [offset, value] of parts) {
		if (typeof value === 'string') all.write(value, offset, 'latin1');
		else if (Buffer.isBuffer(value)) value.copy(all, offset);
		else if ('be32' in value) all.writeUInt32BE(value.be32, offset);
		else if ('le32' in value) all.writeUInt32LE(value.le32, offset);
		else if ('be64' in value) all.writeBigUInt64BE(value.be64, offset);
		else all.writeBigUInt64LE(value.le64, offset);
	}
	return all;
}

type Value = string | Buffer | {readonly be32: number} | {readonly le32: number} | {readonly be64: bigint} | {readonly le64: bigint};
type Parts = ReadonlyArray<readonly [offset: number, value: Value]>;

const megabyte = 1024 * 1024;
const clusterBits = 16;
/** The clusters behind the header's: the guest's view of the disk, how often each is used, and a table of that. */
const cluster = 2 ** clusterBits;
const l1 = cluster;
const refcountTable = 2 * cluster;
const refcountBlock = 3 * cluster;

/** An image of qcow2, version 3, of 1 MiB that holds nothing yet; `parts` come last. Whole: QEMU opens it. */
export function qcow2(parts: Parts = []): Buffer {
	const used = Buffer.concat(Array.from({length: 4}, () => Buffer.from([0, 1])));
	return bytes(4 * cluster, [
		[0, 'QFI\u00fb'],
		[4, {be32: 3}],
		[20, {be32: clusterBits}],
		[24, {be64: BigInt(megabyte)}],
		[36, {be32: 1}],
		[40, {be64: BigInt(l1)}],
		[48, {be64: BigInt(refcountTable)}],
		[56, {be32: 1}],
		[96, {be32: 4}],
		[100, {be32: 104}],
		[refcountTable, {be64: BigInt(refcountBlock)}],
		[refcountBlock, used],
		...parts,
	]);
}

/** Where a name may lie in the cluster of the header. */
const nameAt = 1024;

/** The same with a backing file. */
export function qcow2WithBacking(file: string): Buffer {
	const extension: Parts = [
		[104, {be32: 0xe279_2aca}],
		[108, {be32: 3}],
		[112, 'raw'],
	];
	return qcow2([...extension, [8, {be64: BigInt(nameAt)}], [16, {be32: file.length}], [nameAt, file]]);
}

/** The same with its data, as they are, in another file. */
export function qcow2WithDataFile(file: string): Buffer {
	return qcow2([
		[72, {be64: 0b100n}],
		[88, {be64: 0b10n}],
		[104, {be32: 0x4441_5441}],
		[108, {be32: file.length}],
		[112, file],
	]);
}
