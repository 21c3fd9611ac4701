/**
 * A word as bytes. Text is UTF-8; a lone surrogate U+DC80 to U+DCFF stands for the byte 0x80 to 0xFF
 * that was no UTF-8 where the word came from.
 */
export function wordToBytes(word: string): Buffer {
	if (word.isWellFormed()) return Buffer.from(word, 'utf8');
	const parts: Buffer[] = [];
	let from = 0;
	for (let at = 0; at < word.length; at++) {
		const unit = word.charCodeAt(at);
		if (unit >= 0xd800 && unit <= 0xdbff && isLow(word.charCodeAt(at + 1))) {
			at++;
			continue;
		}
		if (unit < 0xdc80 || unit > 0xdcff) continue;
		parts.push(Buffer.from(word.slice(from, at), 'utf8'), Buffer.of(unit - 0xdc00));
		from = at + 1;
	}
	parts.push(Buffer.from(word.slice(from), 'utf8'));
	return Buffer.concat(parts);
}

/** A path for a call of Node's, which would ask for another name where a word holds bytes that are no UTF-8. */
export function pathForNode(word: string): string | Buffer {
	return word.isWellFormed() ? word : wordToBytes(word);
}

function isLow(unit: number): boolean {
	return unit >= 0xdc00 && unit <= 0xdfff;
}

/** Bytes as a word: the inverse of wordToBytes. */
export function wordFromBytes(bytes: Uint8Array): string {
	const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	const text = buffer.toString('utf8');
	if (!text.includes('\ufffd')) return text;
	const fatal = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
	let word = '';
	for (let at = 0; at < buffer.length;) {
		const length = sequenceLength(buffer[at] ?? 0);
		try {
			word += fatal.decode(buffer.subarray(at, at + length));
			at += length;
		} catch {
			word += String.fromCharCode(0xdc00 + (buffer[at] ?? 0));
			at++;
		}
	}
	return word;
}

function sequenceLength(first: number): number {
	if (first >= 0xf0) return 4;
	if (first >= 0xe0) return 3;
	return first >= 0xc0 ? 2 : 1;
}
