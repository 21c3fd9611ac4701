import {StringDecoder} from 'node:string_decoder';
import {safeText} from '../../core/text.ts';
import {isMark, isReset, mostMarks} from '../draw/styled-text.ts';

/** A line of text with colours and attributes, and nothing else that a terminal would obey. */
export interface TranscriptLine {
	readonly text: string;
}

/** Lines that are kept; older ones are dropped, and counted. */
export const keptLines = 10_000;
/** Characters that are kept of all lines. A control character is written as four, so lines may be long. */
const keptCharacters = 16 * 1024 ** 2;
/** Characters of one line; a longer one goes on in the next. */
const longestLine = 16_384;
/** A sequence that does not end is given up here. */
const longestSequence = 4096;

/** What commands wrote, in order. It outlives every component. */
export interface Transcript {
	/** Lines, oldest first; the last one may still grow. */
	lines(): readonly TranscriptLine[];
	readonly dropped: number;
	/** Takes output of ours and of guests: of all control sequences only colours and attributes stay. */
	write(chunk: Uint8Array, stream: 'stdout' | 'stderr'): void;
	/** Text of ours, whole lines. */
	print(text: string): void;
	/** The next output starts on a line of its own. */
	endLine(): void;
	clear(): void;
	/** Called after each change. */
	onChange(listener: () => void): void;
}

const token =
	/\x1b\[[0-9;:]*m|\x1b\[[ -?]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_][^\x1b]*\x1b\\|\x1b[ -/]+[0-~]|\x1b[0-OQ-WYZ\\`-~]|[\r\n\t\b\x07]|[^\x1b\r\n\t\b\x07]+|\x1b/gy;
const isPlain = /^[ -~]*$/;
const sequence = /^\x1b\[[0-9;:]*m$/;
const unfinished = /^\x1b(?:\[[ -?]*|\][^\x07\x1b]*\x1b?|[PX^_][^\x1b]*\x1b?|[ -/]*)$/;

export function createTranscript(): Transcript {
	let lines: TranscriptLine[] = [];
	let dropped = 0;
	/** Characters of all lines. */
	let held = 0;
	/** Of the open line: text and colours in turn, and colours behind the last text. Apart, so that a step back costs nothing, whatever lies there. */
	let parts: string[] = [];
	let tail = '';
	let size = 0;
	let openLength = 0;
	/** On the last character. */
	let marks = 0;
	let isOpen = false;
	let style = '';
	let returned = false;
	const listeners: Array<() => void> = [];
	const decoders = {stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8')};
	const rests = {stdout: '', stderr: ''};

	const tell = (): void => {
		for (const listener of listeners) {
			listener();
		}
	};
	const push = (text: string): void => {
		lines.push({text});
		held += text.length;
		if (lines.length <= keptLines + 1000 && held <= keptCharacters) return;
		let gone = 0;
		while (lines.length - gone > keptLines || held > keptCharacters / 2) held -= lines[gone++]?.text.length ?? held;
		dropped += gone;
		lines = lines.slice(gone);
	};
	const openText = (): string => parts.join('') + tail + (style === '' ? '' : '\x1b[0m');
	const begin = (): void => {
		parts = [];
		tail = style;
		size = style.length;
		openLength = 0;
		returned = false;
	};
	const close = (): void => {
		// A copy: a part of what was read would keep all of that.
		push(Buffer.from(openText()).toString());
		begin();
		isOpen = false;
	};
	const add = (text: string): void => {
		if (text === '') return;
		// The guest has gone back to the line's start to write over it.
		if (returned) begin();
		if (tail !== '') parts.push(tail);
		tail = '';
		parts.push(text);
		size += text.length;
		openLength += text.length;
		isOpen = true;
		if (openLength > longestLine) {
			close();
		}
	};

	/** A terminal keeps each mark on a character, however many there are. */
	const boundMarks = (text: string): string => {
		if (isPlain.test(text)) {
			marks = 0;
			return text;
		}
		let bounded = '';
		for (const character of text) {
			marks = isMark(character) ? marks + 1 : 0;
			if (marks <= mostMarks) bounded += character;
		}
		return bounded;
	};

	/** Takes the last character away, and none of a sequence: what is left of one would take up the text that follows. */
	const stepBack = (): void => {
		if (openLength === 0) {
			return;
		}
		while (parts.at(-1)?.startsWith('\x1b') === true) tail = `${parts.pop()}${tail}`;
		const last = parts.pop() ?? '';
		const length = /[\ud800-\udbff][\udc00-\udfff]$/.test(last.slice(-2)) ? 2 : 1;
		if (last.length > length) parts.push(last.slice(0, -length));
		size -= length;
		openLength = Math.max(0, openLength - length);
	};

	const take = (part: string): void => {
		switch (part) {
			case '\n':
				close();
				return;
			case '\r':
				returned = isOpen;
				return;
			case '\t':
				add(' '.repeat(8 - (openLength % 8)));
				return;
			case '\b':
				stepBack();
				return;
			case '\x07':
			case '\x1b':
				return;
			default:
		}
		if (!part.startsWith('\x1b')) {
			add(boundMarks(safeText(part)));
		} else if (sequence.test(part)) {
			style = isReset(part) || style.length > 200 ? '' : style + part;
			tail += part;
			size += part.length;
			// They count as no text, and shall not grow without end.
			if (size > 4 * longestLine) {
				close();
			}
		}
	};

	return {
		lines: () => (isOpen ? [...lines, {text: openText()}] : lines),
		get dropped() {
			return dropped;
		},
		write(chunk, stream) {
			const text = rests[stream] + decoders[stream].write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
			rests[stream] = '';
			token.lastIndex = 0;
			for (let at = 0; at < text.length; at = token.lastIndex) {
				token.lastIndex = at;
				const [part] = token.exec(text) ?? [];
				if (part === undefined) {
					break;
				}
				const rest = part === '\x1b' ? text.slice(at) : '';
				if (rest.length < longestSequence && unfinished.test(rest)) {
					rests[stream] = rest;
					break;
				}
				take(part);
			}
			tell();
		},
		print(text) {
			this.endLine();
			for (const line of text.replace(/\n$/, '').split('\n')) {
				push(line);
			}
			tell();
		},
		endLine() {
			if (isOpen) {
				close();
			}
			style = '';
			begin();
			rests.stdout = '';
			rests.stderr = '';
		},
		clear() {
			this.endLine();
			lines = [];
			held = 0;
			dropped = 0;
			tell();
		},
		onChange(listener) {
			listeners.push(listener);
		},
	};
}
