import {findOption, nextPositional, startsRawWords, type Named} from './parse-arguments.ts';

/** What words of a command line, as far as they are typed, have settled: which parameters they fill, and whether an option waits for its value. */
export function readWords(params: readonly Named[], words: readonly string[]) {
	const given = new Map<string, string>();
	/** The words that stand for positional parameters. */
	const values: string[] = [];
	/** The option that waits for its value. */
	let pending: Named | undefined;
	/** No further word is an option. */
	let onlyWords = false;
	for (const word of words) {
		if (pending !== undefined) {
			given.set(pending[0], word);
			pending = undefined;
		} else if (!onlyWords && word === '--') {
			onlyWords = true;
		} else if (!onlyWords && /^-(-|[A-Za-z]$)/.test(word)) {
			const named = findOption(word.split('=')[0] ?? word, params);
			if (named !== undefined && named[1].role !== 'flag' && !word.includes('=')) {
				pending = named;
			} else if (named !== undefined) {
				given.set(named[0], word);
			}
		} else {
			const next = nextPositional(params, given, onlyWords);
			values.push(word);
			if (next !== undefined) {
				given.set(next[0], word);
				onlyWords ||= startsRawWords(params, given, next[1]);
			}
		}
	}
	return {given, values, pending, onlyWords};
}
