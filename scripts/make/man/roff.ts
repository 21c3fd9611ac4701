/** A manual page as parts; text is plain, and becomes roff in `writePage`. */
export type ManPart =
	| {readonly kind: 'section' | 'subsection' | 'paragraph'; readonly text: string}
	/** What is explained, in bold, and the explanation, by paragraphs. */
	| {readonly kind: 'item'; readonly term: string; readonly texts: readonly string[]}
	/** Lines as a person types or sees them. */
	| {readonly kind: 'lines'; readonly lines: readonly string[]};

export interface ManPage {
	readonly name: string;
	readonly summary: string;
	readonly version: string;
	readonly parts: readonly ManPart[];
}

/** Writes a page in the classic macros of man(7), in ASCII; a date is left out, so that each build makes the same. */
export function writePage({name, summary, version, parts}: ManPage): string {
	const lines = [
		'.\\" Made by scripts/make-man.ts.',
		`.TH ${escape(name.toUpperCase())} 1 "" "virt\\-sandbox\\-shell ${escape(version)}" "User Commands"`,
		'.nh',
		'.ad l',
		'.SH NAME',
		`${escape(name)} \\- ${escape(summary)}`,
		...parts.flatMap(writePart),
	];
	return `${lines.join('\n')}\n`;
}

function writePart(part: ManPart): string[] {
	switch (part.kind) {
		case 'section':
			return [`.SH ${quoted(part.text.toUpperCase())}`];
		case 'subsection':
			return [`.SS ${quoted(part.text)}`];
		case 'paragraph':
			return ['.PP', textLine(part.text)];
		case 'item':
			return ['.TP', `.B ${quoted(part.term)}`, ...part.texts.flatMap((text, index) => (index === 0 ? [textLine(text)] : ['.IP', textLine(text)]))];
		case 'lines':
			return ['.PP', '.nf', '.RS 4', ...part.lines.map(textLine), '.RE', '.fi'];
		default:
			return part satisfies never;
	}
}

/** An argument of a macro. */
function quoted(text: string): string {
	return `"${escape(text).replaceAll('"', '\\(dq')}"`;
}

/** A line that is no request, whatever it begins with. */
function textLine(text: string): string {
	const line = escape(text.replaceAll('\n', ' '));
	return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** Text without meaning for roff. A hyphen is a minus, which can be copied from the page and typed. */
export function escape(text: string): string {
	return text.replaceAll(/[\\\-^~`]|[^ -~]/gu, (character) => {
		switch (character) {
			case '\\':
				return '\\e';
			case '-':
				return '\\-';
			case '^':
				return '\\(ha';
			case '~':
				return '\\(ti';
			case '`':
				return '\\(ga';
			case '…':
				return '...';
			case '’':
				return "'";
			default:
				return `\\[u${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;
		}
	});
}
