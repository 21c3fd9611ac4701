/** A hint with its full stop, whoever wrote it; a line of usage has none, since it is to be typed. */
export function hintSentence(hint: string): string {
	return /[\p{L}\p{N})'"`]$/u.test(hint) && !hint.includes('Usage: ') ? `${hint}.` : hint;
}
