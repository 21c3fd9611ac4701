import {segmentTypes as types, type Segment} from './elf-file.ts';

const headerBytes = 64;
const entryBytes = 56;
const blockBytes = 4096;
const zeros = Buffer.alloc(blockBytes);
/** Shorter runs of zeros stay in the file: each that is left out costs an entry. */
const leastRun = 64 * 1024;

/** An executable with nothing but what a loader reads, its segments, without long runs of zeros: a kernel gets a third smaller. */
export function compactElf(file: Buffer, read: readonly Segment[]): Buffer {
	const segments = read.flatMap((segment) => (segment.type === types.load ? cutZeros(segment) : [segment]));
	const header = Buffer.from(file.subarray(0, headerBytes));
	header.writeBigUInt64LE(BigInt(headerBytes), 32);
	header.writeUInt16LE(entryBytes, 54);
	header.writeUInt16LE(segments.length, 56);
	// It has no sections: where they are, and how large, how many, and which has their names.
	header.writeBigUInt64LE(0n, 40);
	header.fill(0, 58, 64);
	let offset = headerBytes + entryBytes * segments.length;
	const entries = segments.map(({type, flags, virtual, physical, data, memoryBytes}) => {
		const entry = Buffer.alloc(entryBytes);
		entry.writeUInt32LE(type, 0);
		entry.writeUInt32LE(flags, 4);
		entry.writeBigUInt64LE(BigInt(offset), 8);
		entry.writeBigUInt64LE(virtual, 16);
		entry.writeBigUInt64LE(physical, 24);
		entry.writeBigUInt64LE(BigInt(data.length), 32);
		entry.writeBigUInt64LE(BigInt(memoryBytes), 40);
		// Nothing maps it in pages, so it is aligned to nothing. A note's says how its parts are.
		entry.writeBigUInt64LE(type === types.note ? 4n : 1n, 48);
		offset += data.length;
		return entry;
	});
	return Buffer.concat([header, ...entries, ...segments.map(({data}) => data)]);
}

/** A segment as several, each with its data up to a long run of zeros, which is memory alone. */
function cutZeros(segment: Segment): Segment[] {
	const {data} = segment;
	const parts: Segment[] = [];
	const add = (from: number, to: number, end: number): void => {
		const memoryBytes = end - from;
		parts.push({
			...segment,
			virtual: segment.virtual + BigInt(from),
			physical: segment.physical + BigInt(from),
			data: data.subarray(from, to),
			memoryBytes,
		});
	};
	let from = 0;
	for (let at = 0; at < data.length;) {
		const end = endOfZeros(data, at);
		if (end - at >= leastRun) {
			add(from, at, end);
			from = end;
		}
		at = end === at ? at + blockBytes : end;
	}
	if (from < segment.memoryBytes) add(from, data.length, segment.memoryBytes);
	return parts;
}

function endOfZeros(data: Buffer, from: number): number {
	let at = from;
	while (at < data.length && data.compare(zeros, 0, Math.min(blockBytes, data.length - at), at, Math.min(at + blockBytes, data.length)) === 0)
		at += blockBytes;
	return Math.min(at, data.length);
}
