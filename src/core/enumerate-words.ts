/** Words as a sentence has them: `a, b or c`. */
export function enumerateWords(words: readonly string[], last: 'or' | 'and' = 'or'): string {
	return words.join(', ').replace(/, ([^,]*)$/, ` ${last} $1`);
}
