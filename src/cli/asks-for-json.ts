/** Whether the words of a command line that could not be understood ask for JSON: then what is wrong with them is told in it too. */
export function asksForJson(words: readonly string[]): boolean {
	const end = words.indexOf('--');
	const options = end === -1 ? words : words.slice(0, end);
	return options.some((word, index) => word === '--output=json' || (word === '--output' && options[index + 1] === 'json'));
}
