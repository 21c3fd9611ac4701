import {readFileSync} from 'node:fs';
import {wordFromBytes} from '../core/bytes.ts';

/**
 * The arguments of this process as they were given. Node replaces bytes that are no UTF-8;
 * where it did, they are read from the kernel, each such byte as a lone surrogate U+DC80 to U+DCFF.
 */
export function readCommandWords(words: readonly string[]): readonly string[] {
	if (words.length === 0 || !words.some((word) => word.includes('\u{fffd}'))) {
		return words;
	}
	const line = readFileSync('/proc/self/cmdline');
	const given: string[] = [];
	for (let from = 0; from < line.length;) {
		const end = line.indexOf(0, from);
		given.push(wordFromBytes(line.subarray(from, end === -1 ? line.length : end)));
		from = end === -1 ? line.length : end + 1;
	}
	return given.slice(-words.length);
}
