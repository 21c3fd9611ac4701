import {randomInt} from 'node:crypto';
import test from 'ava';
import xterm from '@xterm/headless';
import {boundWidths} from '../../../src/ui/consoles/bounded-widths.ts';
import {mostMarks} from '../../../src/ui/draw/styled-text.ts';

const mark = '\u0301';

/** The cells of a first row that have something, as its text in each. */
async function cellsOf(text: string): Promise<string[]> {
	const terminal = new xterm.Terminal({cols: 80, rows: 2, allowProposedApi: true, logLevel: 'off'});
	boundWidths(terminal);
	await new Promise<void>((resolve) => void terminal.write(text, resolve));
	const line = terminal.buffer.active.getLine(0);
	return Array.from({length: terminal.cols}, (_, x) => line?.getCell(x)?.getChars() ?? '').filter((characters) => characters !== '');
}

const keeps = test.macro({
	async exec(t, text: string) {
		t.is((await cellsOf(text)).join(''), text);
	},
	title: (_title, text) => `keeps ${text}`,
});

test(keeps, '👩‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 🇩🇪🇫🇷 ❤️ 1️⃣');
test(keeps, '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}');
test(keeps, 'क्षत्रिय हिन्दी ที่นี่ กำลังน้ำ');
test(keeps, 'بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ שָׁלוֹם');
test(keeps, 'Việt Nam — e\u0302\u0301 — \u1112\u1161\u11ab\u1100\u1173\u11af');
test(keeps, '日本語のテキスト、漢字とかな');

test('of marks on one character eight go into its cell, each more has one of its own', async (t) => {
	t.deepEqual(await cellsOf(`a${mark.repeat(mostMarks + 2)}b${mark.repeat(3)}c`), [`a${mark.repeat(mostMarks)}`, mark, mark, `b${mark.repeat(3)}`, 'c']);
});

test('characters are as wide as terminals of today have them', async (t) => {
	const terminal = new xterm.Terminal({cols: 20, rows: 2, allowProposedApi: true, logLevel: 'off'});
	boundWidths(terminal);
	await new Promise<void>((resolve) => void terminal.write('a🦀日e\u0301', resolve));
	t.is(terminal.buffer.active.cursorX, 6);
});

/** A terminal of the emulator's. */
function makeTerminal(rows: number): {readonly feed: (chunk: Uint8Array) => Promise<void>; readonly fullest: () => number} {
	const terminal = new xterm.Terminal({cols: 8, rows, scrollback: 0, allowProposedApi: true, logLevel: 'off'});
	boundWidths(terminal);
	return {
		feed: (chunk) => new Promise((resolve) => void terminal.write(chunk, resolve)),
		fullest() {
			let most = 0;
			for (let y = 0; y < terminal.rows; y++) {
				const line = terminal.buffer.active.getLine(y);
				for (let x = 0; x < terminal.cols; x++) most = Math.max(most, [...(line?.getCell(x)?.getChars() ?? '')].length);
			}
			return most;
		},
	};
}

test('nothing that the emulator joins to a cell is without the bound', async (t) => {
	const rows = 2000;
	const {feed, fullest} = makeTerminal(rows);
	const codes = Array.from({length: 0x1_10_00}, (_, index) => (index < 0x1_00_00 ? index : 0xd_f0_00 + index)).filter((code) => code >= 0x7f);
	for (let at = 0; at < codes.length; at += rows) {
		const lines = codes.slice(at, at + rows).map((code) => `a${String.fromCodePoint(code).repeat(mostMarks + 2)}`);
		await feed(Buffer.from(`\u001bc${lines.join('\r\n')}`));
		t.true(fullest() <= 1 + mostMarks);
	}
});

test('no mixture of marks, controls and broken bytes fills a cell', async (t) => {
	const pieces = [
		mark,
		mark,
		mark,
		'\u200d',
		'\u007f',
		'\ufeff',
		'\u0098x\u009c',
		'\u0090',
		'\u009b',
		'\u009f',
		'\u0085',
		'\u001b[m',
		'\u001b\\',
		'\u001b',
		'\u001b[',
		'\u001b]',
		'\u001bP',
		'\u001b(',
		'\u0007',
		'\u0018',
		';',
		'm',
		'a',
		'\0',
		'日',
		'\u001b[?7l',
		'\u001b[7G',
		'é',
		mark.repeat(mostMarks + 1),
		'\ud800',
	];
	const broken = [Buffer.from([0xff]), Buffer.from([0xe2, 0x80]), Buffer.from([0xc0, 0x80]), Buffer.from([0xf0, 0x90]), Buffer.from([0xed, 0xa0, 0x80])];
	const all = [...pieces.map((piece) => Buffer.from(piece)), ...broken];
	for (let time = 0; time < 1500; time++) {
		const {feed, fullest} = makeTerminal(6);
		// Two or three of them again and again, in chunks of any size.
		const few = Array.from({length: randomInt(1, 6)}, () => all[randomInt(all.length)] ?? Buffer.alloc(0));
		const bytes = Buffer.concat([Buffer.from('a'), ...Array.from({length: 60}, () => Buffer.concat(few))]);
		const size = randomInt(1, 40);
		for (let at = 0; at < bytes.length; at += size) void feed(bytes.subarray(at, at + size));
		await feed(new Uint8Array(0));
		t.true(fullest() <= 1 + mostMarks, few.map((piece) => piece.toString('hex')).join(' '));
	}
});

test('a character that breaks a sequence off begins no cell', async (t) => {
	for (const broken of [
		'\u001bé',
		'\u001b[é',
		'\u001b\u007fx',
		'\u001b\ufeffx',
		'\u001b[\ufeffm',
		'\u001b[\u007fm',
		'\u001b\u0301',
		`\u001b${mark.repeat(20)}`,
	]) {
		const {feed, fullest} = makeTerminal(6);
		await feed(Buffer.from(`e${mark.repeat(12)}${`${broken}Â${mark.repeat(9)}`.repeat(20)}`));
		await feed(Buffer.from(`\u001bce${mark.repeat(12)}${`${broken}${mark.repeat(9)}`.repeat(20)}`));
		t.true(fullest() <= 1 + mostMarks, JSON.stringify(broken));
	}
});

test('a sequence that makes no sense begins no cell', async (t) => {
	for (const ignored of ['\u001b[1<éa', '\u001b[1<日a', '\u001b[1?a', '\u001b[1 1a', '\u001b[<1>m', '\u001bP1?q\u001b\\', '\u001b[1\n?a', '\u001b[0m']) {
		const {feed, fullest} = makeTerminal(6);
		await feed(Buffer.from(`e${`${mark.repeat(mostMarks)}${ignored}`.repeat(20)}`));
		// In chunks of their own.
		for (let time = 0; time < 20; time++) {
			await feed(Buffer.from(mark.repeat(mostMarks)));
			await feed(Buffer.from(ignored));
		}
		t.true(fullest() <= 1 + mostMarks, JSON.stringify(ignored));
	}
});

test('nor does a character that finds no place at the end of a line', async (t) => {
	for (const before of ['\u001b[?7l\u001b[6G日', '\u001b[?7l\u001b[7G日', '\u001b[?7l\u001b[8G日', '\u001b[?7l\u001b[5Ga日', '\u001b[6G日', '\u001b[7G日']) {
		const {feed, fullest} = makeTerminal(6);
		await feed(Buffer.from(before));
		for (let time = 0; time < 50; time++) await feed(Buffer.from(`日${mark.repeat(mostMarks)}`));
		t.true(fullest() <= 1 + mostMarks, JSON.stringify(before));
	}
});
