/** Of a 64-bit little-endian file. */
const elfStart = '\u007fELF\u0002\u0001';
const headerBytes = 64;
const segmentBytes = 56;
const sectionBytes = 64;
export const segmentTypes = {load: 1, note: 4} as const;
/** A kernel has five segments, and half a kilobyte of notes. */
const most = {segments: 64, noteBytes: 64 * 1024};

/** What a loader reads of an executable. */
export interface Segment {
	readonly type: number;
	readonly flags: number;
	readonly virtual: bigint;
	readonly physical: bigint;
	readonly data: Buffer;
	/** What it takes in memory; what `data` does not have is zeros. */
	readonly memoryBytes: number;
}

/** Whether this is a 64-bit little-endian ELF file. */
export function isElf(file: Buffer): boolean {
	return file.length >= headerBytes && file.toString('latin1', 0, elfStart.length) === elfStart;
}

/**
 * What a loader reads of an ELF file; undefined for another file, and for one that claims more than it has: any number of segments may be
 * the same bytes, and whoever copies them, or looks through their notes, would have no end.
 */
export function readSegments(file: Buffer): readonly Segment[] | undefined {
	if (!isElf(file)) return undefined;
	const tableAt = Number(file.readBigUInt64LE(32));
	const count = file.readUInt16LE(56);
	if (file.readUInt16LE(54) !== segmentBytes || count > most.segments || tableAt + count * segmentBytes > file.length) return undefined;
	const segments = Array.from({length: count}, (_, index) => readSegment(file, tableAt + index * segmentBytes)).filter(
		({type, memoryBytes}) => type === segmentTypes.note || (type === segmentTypes.load && memoryBytes > 0),
	);
	const notes = segments.filter(({type}) => type === segmentTypes.note);
	return bytesOf(segments) > file.length || bytesOf(notes) > most.noteBytes ? undefined : segments;
}

function readSegment(file: Buffer, at: number): Segment {
	const from = Number(file.readBigUInt64LE(at + 8));
	return {
		type: file.readUInt32LE(at),
		flags: file.readUInt32LE(at + 4),
		virtual: file.readBigUInt64LE(at + 16),
		physical: file.readBigUInt64LE(at + 24),
		data: file.subarray(from, from + Number(file.readBigUInt64LE(at + 32))),
		memoryBytes: Number(file.readBigUInt64LE(at + 40)),
	};
}

function bytesOf(segments: readonly Segment[]): number {
	return segments.reduce((sum, {data}) => sum + data.length, 0);
}

/** Whether one of these segments has a note of this name and type. */
export function hasNote(segments: readonly Segment[], name: string, wanted: number): boolean {
	return segments.some(({type, data}) => type === segmentTypes.note && isAmongNotes(data, name, wanted));
}

function isAmongNotes(notes: Buffer, name: string, type: number): boolean {
	for (let note = 0; note + 12 <= notes.length;) {
		const nameSize = notes.readUInt32LE(note);
		const valueSize = notes.readUInt32LE(note + 4);
		const found = notes.toString('latin1', note + 12, note + 12 + nameSize).replace(/\0$/, '');
		if (found === name && notes.readUInt32LE(note + 8) === type) return true;
		note += 12 + Math.ceil(nameSize / 4) * 4 + Math.ceil(valueSize / 4) * 4;
	}
	return false;
}

/** The content of a section of an ELF file; undefined for another file or without it. */
export function findSection(file: Buffer, wanted: string): Buffer | undefined {
	if (!isElf(file)) return undefined;
	const tableAt = Number(file.readBigUInt64LE(40));
	const entrySize = file.readUInt16LE(58);
	const count = file.readUInt16LE(60);
	const namesIndex = file.readUInt16LE(62);
	const sectionAt = (index: number): {name: number; content: Buffer} | undefined => {
		const at = tableAt + index * entrySize;
		if (at + sectionBytes > file.length) return undefined;
		const from = Number(file.readBigUInt64LE(at + 24));
		return {name: file.readUInt32LE(at), content: file.subarray(from, from + Number(file.readBigUInt64LE(at + 32)))};
	};
	const names = sectionAt(namesIndex)?.content;
	// No further than the wanted name goes: a name need not have an end, and all may be the same one.
	const label = Buffer.from(`${wanted}\0`, 'latin1');
	for (let index = 0; names !== undefined && index < count; index++) {
		const section = sectionAt(index);
		if (section === undefined) return undefined;
		if (names.subarray(section.name, section.name + label.length).equals(label)) return section.content;
	}
	return undefined;
}
