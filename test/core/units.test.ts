import test from 'ava';
import {describeSize, formatDuration, formatSize, formatSizeKiB, parseDuration, parseInteger, parseSize, parseSizeKiB} from '../../src/core/units.ts';

const reads = test.macro({
	exec: (t, text: string, bytes: number) => t.is(parseSize(text), bytes),
	title: (_, text) => `reads the size ${text}`,
});
test(reads, '0', 0);
test(reads, '1048576', 1048576);
test(reads, '7B', 7);
test(reads, '64M', 64 * 1024 ** 2);
test(reads, '64MiB', 64 * 1024 ** 2);
test(reads, '64m', 64 * 1024 ** 2);
test(reads, '512K', 512 * 1024);
test(reads, '512KiB', 512 * 1024);
test(reads, '3G', 3 * 1024 ** 3);
test(reads, '2GiB', 2 * 1024 ** 3);
test(reads, '8191T', 8191 * 1024 ** 4);
test(reads, '2TiB', 2 * 1024 ** 4);
test(reads, '64 MiB', 64 * 1024 ** 2);

const refuses = test.macro({
	exec: (t, text: string, message: string) => {
		const error = t.throws(() => parseSize(text, 'memory'), {name: 'ShellError', message});
		t.like(error, {code: 'usage'});
	},
	title: (_, text) => `refuses the size '${text}'`,
});
test(refuses, '', 'The memory is empty');
test(refuses, '1.5G', "The memory '1.5G' is a fraction");
test(refuses, '-1', "The memory '-1' is negative");
test(refuses, 'many', "The memory 'many' is not a size");
test(refuses, '1e3', "The memory '1e3' is not a size");
test(refuses, '0x10', "The memory '0x10' is not a size");
test(refuses, '64MB', "The memory '64MB' has the unknown unit 'MB'");
test(refuses, '64Q', "The memory '64Q' has the unknown unit 'Q'");
test(refuses, '8192T', "The memory '8192T' is too large");
test(refuses, '99999999999999999999', "The memory '99999999999999999999' is too large");
test(refuses, `${'9'.repeat(400)}`, `The memory '${'9'.repeat(400)}' is too large`);
test(refuses, '64M\n', "The memory '64M\n' is not a size");
test(refuses, ' 64M', "The memory ' 64M' is not a size");

test('says what to write for a unit that means two things', (t) => {
	t.like(
		t.throws(() => parseSize('64MB')),
		{hint: "'MB' means powers of 1000 to some and of 1024 to others: write MiB."},
	);
});

test('rounds bytes up to KiB and refuses zero unless it is allowed', (t) => {
	t.is(parseSizeKiB('1'), 1);
	t.is(parseSizeKiB('1025'), 2);
	t.throws(() => parseSizeKiB('0'), {message: "The size '0' is zero"});
	t.is(parseSizeKiB('0', 'swap', {allowZero: true}), 0);
});

test('writes sizes that read as the same', (t) => {
	for (const bytes of [0, 1, 1023, 1024, 1536, 65536, 1024 ** 2 * 3, 1024 ** 3, 2 * 1024 ** 4, 1024 ** 4 + 1]) {
		t.is(parseSize(formatSize(bytes)), bytes);
	}
	t.is(formatSizeKiB(65536), '64M');
	t.is(formatSizeKiB(1500), '1500K');
});

test('describes sizes for reading', (t) => {
	t.deepEqual([0, 1000, 1536, 1024 ** 2 * 1000, 1.456 * 1024 ** 3].map(describeSize), ['0 bytes', '1000 bytes', '1.5 KiB', '1000 MiB', '1.46 GiB']);
});

test('reads times as milliseconds and writes them back', (t) => {
	t.deepEqual(
		['0', '10', '0.5', '10s', '500ms', '2m', '1h', '1d'].map((text) => parseDuration(text)),
		[0, 10_000, 500, 10_000, 500, 120_000, 3_600_000, 86_400_000],
	);
	t.deepEqual([10_000, 500, 1500].map(formatDuration), ['10', '500ms', '1500ms']);
	for (const bad of ['', '-1', '1.', 'ten', '1w', '99d', '1e9', 'Infinity', 'NaN']) {
		t.like(
			t.throws(() => parseDuration(bad, 'timeout'), undefined, bad),
			{code: 'usage'},
		);
	}
});

test('reads whole numbers within bounds', (t) => {
	t.is(parseInteger('4', 'number', 1, 4), 4);
	for (const bad of ['', '0', '5', '1.5', '-1', '0x1', '1e0', ' 1']) {
		t.throws(() => parseInteger(bad, 'number', 1, 4), {message: `The number '${bad}' is not a whole number from 1 to 4`});
	}
});
