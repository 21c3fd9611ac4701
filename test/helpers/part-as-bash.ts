/** The words of a line as bash has them in COMP_WORDS: parted at blanks, and at runs of `=` and `:`. */
export function partAsBash(line: string): string[] {
	return line.split(' ').flatMap((word) => (word === '' ? [''] : word.split(/([=:]+)/).filter((part) => part !== '')));
}
