import {cellWidth} from '../../core/text.ts';

/** Breaks a text at blanks; its own newlines stay. */
export function wrapWords(text: string, width: number): string[] {
	return text.split('\n').flatMap((paragraph) => {
		const lines: string[] = [];
		let line = '';
		for (const word of paragraph.split(' ')) {
			if (line !== '' && cellWidth(line) + 1 + cellWidth(word) > width) {
				lines.push(line);
				line = word;
			} else {
				line = line === '' ? word : `${line} ${word}`;
			}
		}
		return [...lines, line];
	});
}
