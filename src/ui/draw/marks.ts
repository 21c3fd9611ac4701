/** Marks on one character that are kept: more than any script, flag or emoji has, and less than would fill the memory. */
export const mostMarks = 8;

const marks = /^[\p{M}\p{Cf}]$/u;

/** Whether a character of one code point goes with the one before it. */
export function isMark(character: string): boolean {
	return marks.test(character);
}
