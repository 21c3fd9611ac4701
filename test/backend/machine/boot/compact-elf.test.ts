import test from 'ava';
import {compactElf} from '../../../../src/backend/machine/boot/compact-elf.ts';
import {hasNote, readSegments} from '../../../../src/backend/machine/boot/elf-file.ts';

interface Entry {
	readonly type: number;
	readonly address: number;
	readonly data: Buffer;
	readonly memoryBytes: number;
}

/** An executable as a linker writes it: entries, then the data of each at a round place, then sections. */
function makeElf(entries: readonly Entry[]): Buffer {
	const file = Buffer.alloc(0x10_0000 * (entries.length + 1) + 1000, 0xee);
	file.fill(0, 0, 4096);
	file.write('\u007fELF\u0002\u0001', 'latin1');
	file.writeBigUInt64LE(64n, 32);
	file.writeBigUInt64LE(BigInt(file.length - 1000), 40);
	[64, 56, entries.length, 64, 10, 9].forEach((number, index) => file.writeUInt16LE(number, 52 + index * 2));
	entries.forEach(({type, address, data, memoryBytes}, index) => {
		const at = 64 + index * 56;
		const offset = 0x10_0000 * (index + 1);
		file.writeUInt32LE(type, at);
		file.writeUInt32LE(5, at + 4);
		[offset, address + 0x1000_0000, address, data.length, memoryBytes, 0x1000].forEach((number, place) =>
			file.writeBigUInt64LE(BigInt(number), at + 8 + place * 8),
		);
		data.copy(file, offset);
	});
	return file;
}

/** What a loader would put into memory, by address, and how. */
function load(file: Buffer): {readonly memory: Buffer; readonly entries: ReadonlyArray<readonly number[]>} {
	const memory = Buffer.alloc(0x40_0000, 0xaa);
	const entries = Array.from({length: file.readUInt16LE(56)}, (_, index) => {
		const at = Number(file.readBigUInt64LE(32)) + index * 56;
		const [offset = 0, virtual = 0, physical = 0, fileBytes = 0, memoryBytes = 0] = [8, 16, 24, 32, 40].map((place) =>
			Number(file.readBigUInt64LE(at + place)),
		);
		if (file.readUInt32LE(at) === 1) {
			memory.fill(0, physical, physical + memoryBytes);
			file.copy(memory, physical, offset, offset + fileBytes);
		}
		return [file.readUInt32LE(at), file.readUInt32LE(at + 4), virtual - 0x1000_0000, physical, fileBytes, memoryBytes];
	});
	return {memory, entries};
}

test('a kernel without its zeros and sections is the same in memory', (t) => {
	const text = Buffer.concat([Buffer.alloc(10_000, 1), Buffer.alloc(200_000), Buffer.alloc(5000, 2), Buffer.alloc(20_000), Buffer.alloc(77, 3)]);
	const bss = Buffer.concat([Buffer.alloc(4096, 4), Buffer.alloc(300_000)]);
	const note = Buffer.concat([Buffer.from([4, 0, 0, 0, 4, 0, 0, 0, 18, 0, 0, 0]), Buffer.from('Xen\0'), Buffer.from([1, 2, 3, 4])]);
	const file = makeElf([
		{type: 1, address: 0x1000, data: text, memoryBytes: text.length + 500},
		{type: 1, address: 0x20_0800, data: bss, memoryBytes: bss.length},
		{type: 0x6474_e551, address: 0, data: Buffer.alloc(0), memoryBytes: 0},
		{type: 4, address: 0x1000, data: note, memoryBytes: note.length},
	]);
	const small = compactElf(file, readSegments(file) ?? []);
	t.true(small.length < 60_000);
	t.deepEqual([small.readBigUInt64LE(40), small.subarray(58, 64)], [0n, Buffer.alloc(6)]);
	const [before, after] = [load(file), load(small)];
	t.true(before.memory.equals(after.memory));
	t.deepEqual(after.entries, [
		[1, 5, 0x1000, 0x1000, 12_288, 208_896],
		[1, 5, 0x1000 + 208_896, 0x1000 + 208_896, text.length - 208_896, text.length - 208_896 + 500],
		[1, 5, 0x20_0800, 0x20_0800, 4096, bss.length],
		[4, 5, 0x1000, 0x1000, note.length, note.length],
	]);
	t.deepEqual(
		[18, 17].map((type) => hasNote(readSegments(small) ?? [], 'Xen', type)),
		[true, false],
	);
});
