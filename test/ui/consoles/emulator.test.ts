import {randomBytes} from 'node:crypto';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import test from 'ava';
import xterm from '@xterm/headless';
import {createEmulator, scrollbackLines, type Emulator} from '../../../src/ui/consoles/emulator.ts';
import {styleOf} from '../../../src/ui/consoles/draw-cells.ts';

interface Made {
	readonly emulator: Emulator;
	readonly answers: string[];
	/** Feeds bytes and waits until they are parsed. */
	feed(data: string | Uint8Array): Promise<void>;
}

function make(columns = 20, rows = 4): Made {
	const answers: string[] = [];
	let changed = (): void => {};
	const emulator = createEmulator({
		columns,
		rows,
		onChange: () => changed(),
		onAnswer: (text) => answers.push(text),
		onPressure() {},
		onBell() {},
	});
	return {
		emulator,
		answers,
		feed: (data) =>
			new Promise((resolve) => {
				changed = resolve;
				emulator.write(typeof data === 'string' ? Buffer.from(data) : data);
			}),
	};
}

/** What a terminal shows after some bytes: characters and attributes of each cell. */
async function cellsOf(data: string, columns: number, rows: number): Promise<string[]> {
	const terminal = new xterm.Terminal({cols: columns, rows, allowProposedApi: true});
	await new Promise<void>((resolve) => void terminal.write(data, resolve));
	const {active} = terminal.buffer;
	return Array.from({length: rows}, (_, y) => {
		const line = active.getLine(active.baseY + y);
		return Array.from({length: columns}, (_each, x) => {
			const cell = line?.getCell(x);
			return cell === undefined
				? ''
				: `${cell.getChars() === ' ' ? '' : cell.getChars()}{${cell.getChars().trim() === '' && !cell.isInverse() && cell.isBgDefault() ? '' : styleOf(cell)}}`;
		}).join('|');
	});
}

const screens: ReadonlyArray<readonly [what: string, bytes: string]> = [
	['plain text', 'one\r\ntwo'],
	['colours of all kinds', '\x1b[31mred \x1b[97mwhite \x1b[38;5;200mx\x1b[48;2;1;2;3my\x1b[0m z'],
	['attributes', '\x1b[1mb\x1b[2md\x1b[22m\x1b[3mi\x1b[4mu\x1b[7mr\x1b[9ms\x1b[0m n'],
	['wide characters', '日本語 x\x1b[44m한\x1b[0m'],
	['a coloured end of line', '\x1b[44mab\x1b[K\x1b[0m'],
	['the alternate screen', 'a\x1b[?1049h\x1b[2;3Hb'],
	['a scrolled screen', '1\r\n2\r\n3\r\n4\r\n5\r\n6'],
	['line drawing', '\x1b(0lqk\x1b(B'],
];

for (const [what, bytes] of screens) {
	test(`a pane draws what a terminal shows: ${what}`, async (t) => {
		const {emulator, feed} = make();
		await feed(bytes);
		const drawn = emulator.view(20, 4, 0).join('\r\n');
		t.deepEqual(await cellsOf(drawn, 20, 4), await cellsOf(bytes, 20, 4));
	});
	test(`the replay draws it on a real one: ${what}`, async (t) => {
		const {emulator, feed} = make();
		await feed(bytes);
		t.deepEqual(await cellsOf(emulator.replay(), 20, 4), await cellsOf(bytes, 20, 4));
	});
}

test('hidden text stays hidden', async (t) => {
	const {emulator, feed} = make();
	await feed('pass\x1b[8msecret\x1b[0m.');
	t.deepEqual(emulator.view(20, 1, 0), ['pass      .']);
});

test('a pane takes no control of the terminal, whatever the guest sends', async (t) => {
	const {emulator, feed} = make(80, 24);
	await feed('\x1b]0;title\x07\x1b]52;c;QQ==\x07\x1b[?1003h\x1b[?1049h\x1b[6n\x1b[>c\x1bP+q544e\x1b\\ok');
	await feed(randomBytes(20_000));
	for (const row of emulator.view(80, 24, 0)) {
		t.notRegex(row, /\x1b(?!\[[0-9;:]*m)|[\x00-\x1a\x1c-\x1f\x7f-\x9f]/);
	}
});

test('questions of the guest are answered, once', async (t) => {
	const {answers, feed} = make();
	await feed('ab\x1b[6n');
	t.deepEqual(answers, ['\x1b[1;3R']);
});

test('lines go up into the scrollback, no further than its bound, and what is dropped is counted', async (t) => {
	const {emulator, feed} = make(20, 4);
	await feed(Array.from({length: 10}, (_, index) => `line ${index}\r\n`).join(''));
	t.deepEqual(emulator.view(20, 4, emulator.scrollable), ['line 0', 'line 1', 'line 2', 'line 3']);
	t.is(emulator.dropped, 0);
	await feed(Array.from({length: scrollbackLines + 100}, (_, index) => `more ${index}\r\n`).join(''));
	t.is(emulator.scrollable, scrollbackLines);
	t.is(emulator.dropped, 107);
});

test('a source that is faster than the emulator is stopped, and let go on', async (t) => {
	const pressure: boolean[] = [];
	const done = Promise.withResolvers<void>();
	const emulator = createEmulator({
		columns: 80,
		rows: 24,
		onChange() {},
		onAnswer() {},
		onBell() {},
		onPressure(stop) {
			pressure.push(stop);
			if (!stop) {
				done.resolve();
			}
		},
	});
	for (let index = 0; index < 10; index++) {
		emulator.write(Buffer.alloc(64 * 1024, 'x'));
	}
	await done.promise;
	t.deepEqual(pressure, [true, false]);
});

test('the cursor is where the guest has it, and gone when the guest hides it', async (t) => {
	const {emulator, feed} = make();
	await feed('ab\r\nc');
	t.deepEqual(emulator.cursor(20, 4), {x: 1, y: 1});
	await feed('\x1b[?25l');
	t.is(emulator.cursor(20, 4), undefined);
	await feed('\x1b[?25h');
	t.deepEqual(emulator.cursor(20, 4), {x: 1, y: 1});
	// A reset shows it as well.
	for (const reset of ['\x1bc', '\x1b[!p']) {
		await feed(`\x1b[?25l${reset}\x1b[H`);
		t.deepEqual(emulator.cursor(20, 4), {x: 0, y: 0});
	}
});

test('a terminal with one long line is made as narrow as it gets', async (t) => {
	for (const [columns, screen] of [
		[160, ''],
		[500, ''],
		[160, '\x1b[?1049h'],
	] as const) {
		const {emulator, feed} = make();
		emulator.resize(columns, 50);
		await feed(`${'x'.repeat(columns * 2100)}end\r\n${screen}`);
		emulator.resize(2, 10);
		emulator.resize(80, 24);
		await feed('\x1b[?1049l');
		t.true(emulator.text().join('').endsWith('xend'));
	}
});

test('a sequence that asks for a thousand million steps does not stop the screen', async (t) => {
	for (const final of 'bILMSTZ') {
		const {emulator, feed} = make();
		await feed(`x\x1b[999999999${final}\x1b[2J\x1b[Hon`);
		t.is(emulator.view(20, 4, 0)[0], 'on', final);
	}
	const {emulator, feed} = make();
	await feed('x\x1b[3b\x1b[2L');
	t.deepEqual(emulator.view(20, 4, 0), ['', '', 'xxxx', '']);
});

test('lines are moved at most once over all rows', async (t) => {
	for (const final of 'LMST') {
		const {emulator, feed} = make();
		await feed(`a\r\nb\x1b[H\x1b[5${final}`);
		t.deepEqual(emulator.view(20, 4, 0).slice(0, 2), ['a', 'b'], final);
	}
});

test('a flood of such sequences leaves time for others', async (t) => {
	const {feed} = make(80, 50);
	let turns = 0;
	const timer = setInterval(() => turns++, 1);
	await feed(`${'\x1b[50L'.repeat(20_000)}x`);
	clearInterval(timer);
	t.true(turns >= 3, `${turns} turns`);
});

test('marks that turn or hide text do not leave a pane', async (t) => {
	const {emulator, feed} = make();
	await feed('a\u202eb\u2066c\u200bd e\u0301 \u4e16');
	t.is(emulator.view(20, 4, 0)[0], 'abcd e\u0301 \u4e16');
});

test.serial('links take no memory', async (t) => {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc') as () => void;
	const {emulator, feed} = make();
	const heap = (): number => {
		collect();
		return process.memoryUsage().heapUsed;
	};
	await feed('begun');
	const before = heap();
	for (let round = 0; round < 10; round++) await feed(Array.from({length: 1000}, (_, index) => `\x1b]8;id=${round}-${index};u\x07a\r`).join(''));
	const mostBytes = 5 * 1024 ** 2;
	t.true(heap() - before < mostBytes, `${heap() - before} bytes`);
	t.is(emulator.text()[0], 'aeguna');
});

test('a long list of colours does not stop the screen', async (t) => {
	for (const command of [4, 10, 104]) {
		const {emulator, feed} = make();
		await feed(`x\x1b]${command};${';'.repeat(300_000)}\x07y`);
		t.is(emulator.view(20, 4, 0)[0], 'xy');
	}
});

test('a screen that is erased up to its last cell is no fault', async (t) => {
	for (const before of ['', '\x1b[?1049h', 'more\r\n'.repeat(50)]) {
		const {emulator, feed} = make();
		await feed(`${before}x\x1b[999;999H\x1b[1J\x1b[999;999H\x1b[?1J\x1b[999;999Hab\x1b[1J\x1b[Hon`);
		t.is(emulator.view(20, 4, 0)[0]?.slice(0, 2), 'on');
	}
});

test('a character is never cut, wherever it stands in what a guest sends', async (t) => {
	// Cut after two bytes xterm takes these three for a mark.
	const letter = '\u100d';
	for (let before = 508; before <= 512; before++) {
		const {emulator, feed} = make();
		await feed(`${'\0'.repeat(before)}${letter}b${'\0'.repeat(2000)}`);
		t.is(emulator.view(20, 4, 0)[0], `${letter}b`, String(before));
	}
});
