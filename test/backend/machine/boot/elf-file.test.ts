import test from 'ava';
import {findSection, readSegments} from '../../../../src/backend/machine/boot/elf-file.ts';
import {makeExecutable, segmentType, type TestSegment} from '../../../helpers/elf-file.ts';

const dataBytes = 1024 ** 2;
const {load, note} = segmentType;

function sizesOf(segments: readonly TestSegment[]): number[] | undefined {
	return readSegments(makeExecutable(segments, Buffer.alloc(dataBytes)))?.map(({data}) => data.length);
}

test('segments of a file are never more than the file', (t) => {
	const all = {type: load, from: 0, bytes: dataBytes};
	t.deepEqual(sizesOf([all, {type: note, from: 100, bytes: 20}]), [dataBytes, 20]);
	t.is(sizesOf([all, all]), undefined);
	t.is(sizesOf([all, {type: load, from: dataBytes / 2, bytes: dataBytes / 2}]), undefined);
});

test('a file with more notes than a kernel has, or more segments, has none for us', (t) => {
	const most = {type: note, from: 0, bytes: 64 * 1024};
	t.deepEqual(sizesOf([most]), [most.bytes]);
	t.is(sizesOf([{...most, bytes: most.bytes + 1}]), undefined);
	t.is(sizesOf([most, {...most, bytes: 1}]), undefined);
	const small = {type: load, from: 0, bytes: 1};
	t.is(sizesOf(Array.from({length: 64}, () => small))?.length, 64);
	t.is(sizesOf(Array.from({length: 65}, () => small)), undefined);
});

test('a table of segments that is not there, or is of another kind, is not read', (t) => {
	const file = makeExecutable([{type: load, from: 0, bytes: 10}], Buffer.alloc(100));
	const beyond = Buffer.from(file);
	beyond.writeBigUInt64LE(BigInt(file.length - 55), 32);
	const flat = Buffer.from(file);
	flat.writeUInt16LE(0, 54);
	t.deepEqual(
		[file, beyond, flat, file.subarray(0, 63), Buffer.from('no executable')].map((each) => readSegments(each)?.length),
		[1, undefined, undefined, undefined, undefined],
	);
});

test('names of sections that have no end are not looked through for it', (t) => {
	const count = 3000;
	const names = Buffer.alloc(8 * 1024 ** 2, 'a');
	const table = Buffer.alloc(64 * count);
	const header = Buffer.alloc(64);
	header.write('\u007fELF\u0002\u0001', 'latin1');
	header.writeBigUInt64LE(64n, 40);
	[64, count, 0].forEach((number, index) => header.writeUInt16LE(number, 58 + index * 2));
	table.writeBigUInt64LE(BigInt(64 + table.length), 24);
	table.writeBigUInt64LE(BigInt(names.length), 32);
	const begun = performance.now();
	t.is(findSection(Buffer.concat([header, table, names]), '.modinfo'), undefined);
	t.true(performance.now() - begun < 2000);
});
