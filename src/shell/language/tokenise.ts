/** One word of a line after quotes and backslashes are taken away. Offsets are UTF-16 units of the source, end exclusive. */
export interface Word {
	readonly text: string;
	readonly start: number;
	readonly end: number;
	/** Some part of it stood in quotes or behind a backslash: it is never an option's name or `--`. */
	readonly quoted: boolean;
}

/** The words between two separators. */
export interface Statement {
	readonly words: readonly Word[];
	readonly start: number;
	readonly end: number;
	/** It ended in an unquoted `&`. */
	readonly background: boolean;
}

export type Problem =
	| {readonly kind: 'unclosed'; readonly quote: '"' | "'"; readonly start: number}
	| {readonly kind: 'dangling'; readonly start: number}
	| {readonly kind: 'reserved'; readonly text: string; readonly start: number};

/** Where the text ended: completion and the continuation prompt start from it. */
type EndState = 'blank' | 'word' | 'single' | 'double' | 'backslash' | 'comment';

interface Tokens {
	readonly statements: readonly Statement[];
	/** The first thing that is wrong; statements after it are best effort. */
	readonly problem: Problem | undefined;
	readonly end: EndState;
}

const separators = new Set([';', '\n']);
const blanks = new Set([' ', '\t', '\r']);
/** At a word's start: they mean something in other shells, and may here one day. Within a word < and > are plain: `a->b`. */
const reserved = new Set(['&', '|', '<', '>']);

/**
 * Splits a script into statements and words by virsh's rules: blanks part words, `;` and newline part statements, `#` at a
 * word's start comments to the end of the line, quotes and backslash as virsh has them, backslash-newline joins. Never throws.
 */
export function tokenise(source: string): Tokens {
	const statements: Statement[] = [];
	let problem: Problem | undefined;
	let words: Word[] = [];
	let statementStart = 0;
	let background = false;
	let end: EndState = 'blank';
	let index = 0;

	const report = (found: Problem) => {
		problem ??= found;
	};
	const closeStatement = (at: number) => {
		const first = words[0];
		if (first !== undefined) {
			statements.push({words, start: first.start, end: words.at(-1)?.end ?? at, background});
		} else if (background) {
			report({kind: 'reserved', text: '&', start: statementStart});
		}
		words = [];
		background = false;
	};

	while (index < source.length) {
		const character = source.charAt(index);
		if (separators.has(character)) {
			closeStatement(index);
			index++;
			statementStart = index;
			end = 'blank';
		} else if (blanks.has(character)) {
			index++;
			end = 'blank';
		} else if (character === '\\' && source.charAt(index + 1) === '\n') {
			index += 2;
			end = index === source.length ? 'backslash' : 'blank';
		} else if (character === '#') {
			const newline = source.indexOf('\n', index);
			index = newline === -1 ? source.length : newline;
			end = newline === -1 ? 'comment' : 'blank';
		} else if (character === '&' && !background && endsStatement(source, index + 1)) {
			background = true;
			if (words.length === 0) {
				statementStart = index;
			}
			index++;
			end = 'blank';
		} else if (reserved.has(character)) {
			const text = source.charAt(index + 1) === character ? character + character : character;
			report({kind: 'reserved', text, start: index});
			index += text.length;
			end = 'blank';
		} else {
			const read = readWord(source, index, report);
			words.push(read.word);
			index = read.word.end;
			end = read.end;
		}
	}
	closeStatement(index);
	return {statements, problem, end};
}

/** Whether a quote is open, or a backslash says that the command goes on. */
export function isUnfinished(text: string): boolean {
	return ['single', 'double', 'backslash'].includes(tokenise(text).end);
}

/** Nothing but blanks, or a comment, stands before the next separator. */
function endsStatement(source: string, from: number): boolean {
	let index = from;
	while (blanks.has(source.charAt(index))) {
		index++;
	}
	const next = source.charAt(index);
	return next === '' || separators.has(next) || (next === '#' && index > from);
}

function readWord(source: string, start: number, report: (problem: Problem) => void): {word: Word; end: EndState} {
	let text = '';
	let quoted = false;
	let quote: {character: '"' | "'"; start: number} | undefined;
	let index = start;
	let end: EndState = 'word';
	while (index < source.length) {
		const character = source.charAt(index);
		if (character === '\\' && quote?.character !== "'") {
			const next = source.charAt(index + 1);
			if (next === '') {
				report({kind: 'dangling', start: index});
				index++;
				end = 'backslash';
				break;
			}
			index += 2;
			if (next === '\n') {
				end = index === source.length ? 'backslash' : 'word';
				continue;
			}
			text += next;
			quoted = true;
		} else if (quote !== undefined) {
			if (character === quote.character) {
				quote = undefined;
			} else {
				text += character;
			}
			index++;
		} else if (character === '"' || character === "'") {
			quote = {character, start: index};
			quoted = true;
			index++;
		} else if (separators.has(character) || blanks.has(character) || character === '&' || character === '|') {
			break;
		} else {
			text += character;
			index++;
		}
	}
	if (quote !== undefined) {
		report({kind: 'unclosed', quote: quote.character, start: quote.start});
		end = end === 'backslash' ? end : quote.character === '"' ? 'double' : 'single';
	}
	return {word: {text, start, end: index, quoted}, end};
}

/** The line and column (both from 1, columns in characters) of an offset. */
export function placeOf(source: string, offset: number): {line: number; column: number} {
	const before = source.slice(0, offset);
	const lines = before.split('\n');
	return {line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1};
}
