import {elementsIn, type Edit, type ScannedElement} from './scanned.ts';

/** How an element that is not closed may be closed. */
interface Mend {
	readonly cure: string;
	readonly edits: readonly Edit[];
	/** How many of what has been read as its children are. */
	readonly kept: number;
	/** Where its content ends. */
	readonly end: number;
}

/** `end`: where an element around it ends. What stands deeper than its own line is its content; the rest follows it. */
export function mendUnclosed(text: string, element: ScannedElement, end: number): Mend {
	const {name, inner, parent, children} = element;
	const tag = `</${name}>`;
	const elements = elementsIn(element);
	const hasText = children.some((child) => child.kind === 'text' && child.text.trim() !== '');
	if (parent === undefined || (hasText && elements.length === 0)) {
		return {cure: tag, edits: [insert(text.slice(0, end).trimEnd().length, tag)], kept: children.length, end};
	}
	const margin = marginAt(text, element.start);
	const other = elements.findIndex((child) => !isDeeper(marginAt(text, child.start), margin));
	const last = elements.at(other === -1 ? -1 : other - 1);
	if (margin === undefined || other === 0 || last === undefined) {
		const edits = [{start: inner.start - 1, end: inner.start, text: '/>'}];
		return {cure: `write <${name} …/>, or ${tag} where it ends`, edits, kept: 0, end: inner.start};
	}
	return {cure: tag, edits: [insert(last.end, `\n${margin}${tag}`)], kept: children.indexOf(last) + 1, end: last.end};
}

function insert(start: number, text: string): Edit {
	return {start, end: start, text};
}

/** The blanks before what stands first in its line. */
function marginAt(text: string, start: number): string | undefined {
	let begin = start;
	while (text[begin - 1] === ' ' || text[begin - 1] === '\t') begin--;
	return begin === 0 || text[begin - 1] === '\n' ? text.slice(begin, start) : undefined;
}

function isDeeper(margin: string | undefined, outer: string | undefined): boolean {
	return margin === undefined || outer === undefined || (margin.length > outer.length && margin.startsWith(outer));
}
