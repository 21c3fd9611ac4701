/** Writes a word so that tokenise gives it back unchanged. */
export function quoteWord(text: string): string {
	if (text !== '' && /^[\p{L}\p{N}_@%+=:,./^~[\]{}*?!<>()$`-]+$/u.test(text) && !/^[-<>]/.test(text)) {
		return text;
	}
	if (/^-{1,2}[\p{L}\p{N}=:,./_-]*$/u.test(text) && text !== '') {
		return text;
	}
	return `'${text.replaceAll("'", "'\\''")}'`;
}

/** Writes a word, or its beginning, in a quote that stays open, so that tokenise gives it back unchanged. */
export function quoteOpen(text: string, quote: '"' | "'"): string {
	return quote + (quote === "'" ? text.replaceAll("'", "'\\''") : text.replaceAll(/["\\]/g, '\\$&'));
}
