import test from 'ava';
import {createLastQuestion} from '../../../src/cli/terminal/last-question.ts';

const e = '\u001b';
/** What a terminal says to a question that puts its cursor at places. */
function answerTo(text: string): string {
	return [...text.matchAll(/\[(\d+;\d+)H/g)].map(([, place]) => `${e}[${place}R`).join('');
}

test('the answer repeats random places, among keys and other answers', (t) => {
	const last = createLastQuestion({rows: 50, columns: 200});
	const answer = answerTo(last.text);
	t.false(last.hear(Buffer.from(`${e}[0n${e}[1;1R${answer.slice(0, -1)}`)));
	t.true(last.hear(Buffer.from('R')));
	const bytewise = createLastQuestion();
	const heard = [...`x${e}[0n${answerTo(bytewise.text).replace('R', `Rls${e}[A${e}[0n`)}`].map((byte) => bytewise.hear(Buffer.from(byte)));
	t.deepEqual([heard.indexOf(true), heard.at(-1)], [heard.length - 1, true]);
});

test('the cursor stays where it was, on any screen', (t) => {
	for (const size of [undefined, {rows: 2, columns: 300}, {rows: 300, columns: 20}]) {
		const {text} = createLastQuestion(size);
		t.regex(text, new RegExp(`^${e}7(?:${e}\\[\\d+;\\d+H${e}\\[6n)+${e}8$`));
		for (const [, row, column] of text.matchAll(/\[(\d+);(\d+)H/g)) t.true(Number(row) <= (size?.rows ?? 24) && Number(column) <= (size?.columns ?? 80));
	}
});

test('answers to what was asked before are none to it', (t) => {
	const before = createLastQuestion();
	const last = createLastQuestion();
	t.not(before.text, last.text);
	t.false(last.hear(Buffer.from(answerTo(before.text))));
	const everywhere = Array.from({length: 24 * 80}, (_, index) => `${e}[${Math.floor(index / 80) + 1};${(index % 80) + 1}R`).join('');
	t.false(last.hear(Buffer.from(everywhere)));
	t.true(last.hear(Buffer.from(answerTo(last.text))));
});

test('a screen with too few places has none that nobody has asked for', (t) => {
	const last = createLastQuestion({rows: 1, columns: 1});
	t.false(last.hear(Buffer.from(answerTo(last.text))));
});
