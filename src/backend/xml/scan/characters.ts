const nameStart = String.raw`:A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\u{10000}-\u{effff}`;
const nameMore = String.raw`\-.0-9\u00b7\u0300-\u036f\u203f\u2040`;
const name = new RegExp(`[${nameStart}][${nameStart}${nameMore}]*`, 'uy');
const blank = /[ \t\r\n]*/y;
/** What XML 1.0 allows nowhere; U+FFFD stands where bytes were no UTF-8. */
const forbidden = /[\0-\u0008\u000b\u000c\u000e-\u001f\ufffd-\uffff]|\p{Cs}/gu;

/** The XML name that begins at an offset; empty: none does. */
export function nameAt(text: string, offset: number): string {
	name.lastIndex = offset;
	return name.exec(text)?.[0] ?? '';
}

/** Where the blanks end that begin at an offset. */
export function skipBlanks(text: string, offset: number): number {
	blank.lastIndex = offset;
	blank.test(text);
	return blank.lastIndex;
}

/** Whether a character may stand in a document. */
export function isXmlCharacter(code: number): boolean {
	return (
		code === 9 ||
		code === 10 ||
		code === 13 ||
		(code >= 0x20 && code <= 0xd7ff) ||
		(code >= 0xe000 && code <= 0xfffd) ||
		(code >= 0x1_0000 && code <= 0x10_ffff)
	);
}

/** The characters that may stand nowhere, with their offsets. */
export function forbiddenIn(text: string): RegExpStringIterator<RegExpExecArray> {
	return text.matchAll(forbidden);
}
