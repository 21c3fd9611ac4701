export const segmentType = {load: 1, note: 4} as const;

/** A segment of an executable: which bytes of the data it is. */
export interface TestSegment {
	readonly type: number;
	readonly from: number;
	readonly bytes: number;
}

/** An executable of 64 bits with these segments of some data, which may lie over each other. */
export function makeExecutable(segments: readonly TestSegment[], data: Buffer): Buffer {
	const header = Buffer.alloc(64);
	header.write('\u007fELF\u0002\u0001', 'latin1');
	header.writeBigUInt64LE(64n, 32);
	header.writeUInt16LE(56, 54);
	header.writeUInt16LE(segments.length, 56);
	const entries = segments.map(({type, from, bytes}) => {
		const entry = Buffer.alloc(56);
		entry.writeUInt32LE(type, 0);
		[64 + 56 * segments.length + from, 0x100_0000, 0x100_0000, bytes, bytes].forEach((number, place) =>
			entry.writeBigUInt64LE(BigInt(number), 8 + place * 8),
		);
		return entry;
	});
	return Buffer.concat([header, ...entries, data]);
}
