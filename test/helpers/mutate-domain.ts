// Documents with one fault each, made from good ones, as people make them.
import {placesIn} from '../../src/backend/xml/scan/places.ts';
import {scanXml} from '../../src/backend/xml/scan/scan-xml.ts';
import {elementsIn, type ScannedElement} from '../../src/backend/xml/scan/scanned.ts';

export interface Mutation {
	readonly kind: string;
	readonly text: string;
	/** Where the fault is: of a part that is lacking, the tag that lacks it. */
	readonly line: number;
	/** What stood there, where it was misspelt. */
	readonly word: string | undefined;
}

type Random = () => number;

function pick<T>(all: readonly T[], random: Random): T | undefined {
	return all[Math.floor(random() * all.length)];
}

function allIn(element: ScannedElement): ScannedElement[] {
	return [element, ...elementsIn(element).flatMap(allIn)];
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

/** A word with one slip of the fingers. */
function misspell(word: string, random: Random): string {
	const at = Math.floor(random() * word.length);
	const letter = pick(letters.split(''), random) ?? 'x';
	switch (Math.floor(random() * 4)) {
		case 0:
			return word.slice(0, at) + letter + word.slice(at);
		case 1:
			return word.length < 3 ? `${word}${letter}` : word.slice(0, at) + word.slice(at + 1);
		case 2:
			return word.slice(0, at) + letter + word.slice(at + 1);
		default:
			return at + 1 < word.length ? word.slice(0, at) + word.charAt(at + 1) + word.charAt(at) + word.slice(at + 2) : `${word}${letter}`;
	}
}

/** A document with a fault; undefined: this one has nothing of what was to be changed. */
export function mutateDomain(text: string, random: Random): Mutation | undefined {
	const {root} = scanXml(text);
	if (root === undefined) return undefined;
	const lineOf = (offset: number): number => placesIn(text)(offset).line;
	const elements = allIn(root);
	const inner = elements.slice(1);
	const element = pick(inner, random);
	if (element?.parent === undefined) return undefined;
	const {start, end, name, parent} = element;
	const replaced = (from: number, to: number, by: string): string => text.slice(0, from) + by + text.slice(to);
	switch (Math.floor(random() * 8)) {
		case 0: {
			const word = misspell(name, random);
			if (!/^[A-Za-z_][\w.-]*$/.test(word) || word === name) return undefined;
			const isClosed = element.inner.end < end;
			const body = text.slice(start + 1 + name.length, isClosed ? element.inner.end + 2 : end);
			const changed = `<${word}${body}${isClosed ? word + text.slice(element.inner.end + 2 + name.length, end) : ''}`;
			return {kind: 'element', text: replaced(start, end, changed), line: lineOf(start), word: name};
		}
		case 1: {
			const attribute = pick(
				elements.flatMap(({attributes}) => attributes),
				random,
			);
			if (attribute === undefined) return undefined;
			const word = misspell(attribute.name, random);
			if (!/^[A-Za-z_][\w.-]*$/.test(word) || word === attribute.name) return undefined;
			return {
				kind: 'attribute',
				text: replaced(attribute.start, attribute.start + attribute.name.length, word),
				line: lineOf(attribute.start),
				word: attribute.name,
			};
		}
		case 2: {
			const attribute = pick(
				elements.flatMap(({attributes}) => attributes).filter(({value}) => /^[a-z][a-z0-9-]*$/i.test(value)),
				random,
			);
			if (attribute === undefined) return undefined;
			const {inner: value} = attribute;
			return {
				kind: 'value',
				text: replaced(value.start, value.end, misspell(attribute.value, random)),
				line: lineOf(attribute.start),
				word: attribute.value,
			};
		}
		case 3: {
			const holder = pick(
				elements.filter(({attributes}) => attributes.length > 0),
				random,
			);
			const attribute = holder && pick(holder.attributes, random);
			if (holder === undefined || attribute === undefined) return undefined;
			return {kind: 'no attribute', text: replaced(attribute.start, attribute.end, ''), line: lineOf(holder.start), word: undefined};
		}
		case 4:
			return {kind: 'twice', text: replaced(end, end, text.slice(start, end)), line: lineOf(end), word: undefined};
		case 5:
			return {kind: 'no element', text: replaced(start, end, ''), line: lineOf(parent.start), word: undefined};
		case 6: {
			// Under an element beside it, or out of its own.
			const brother = pick(
				elementsIn(parent).filter((each) => each !== element && each.inner.end < each.end && each.start > end),
				random,
			);
			if (brother === undefined) return undefined;
			const moved = text.slice(start, end);
			const at = brother.inner.start;
			const without = text.slice(0, start) + text.slice(end, at) + moved + text.slice(at);
			return {kind: 'moved', text: without, line: placesIn(without)(at - moved.length).line, word: undefined};
		}
		default: {
			const numbers = elements.flatMap(({attributes}) => attributes).filter(({value}) => /^\d+$/.test(value));
			const attribute = pick(numbers, random);
			if (attribute === undefined) return undefined;
			const word = pick(['-1', '', 'many', '99999999999999999999', '0x', '1.5', '12 MiB'], random) ?? '';
			return {kind: 'number', text: replaced(attribute.inner.start, attribute.inner.end, word), line: lineOf(attribute.start), word: undefined};
		}
	}
}

/** A document with one character more, less or another. */
export function mutateCharacter(text: string, random: Random): string {
	const at = Math.floor(random() * text.length);
	const character = pick(['<', '>', '"', "'", '&', '/', '=', ' ', ';', '-', '!', '?', ']', 'x', '\n', ':', '#', '\u0001', 'é'], random) ?? '';
	switch (Math.floor(random() * 3)) {
		case 0:
			return text.slice(0, at) + text.slice(at + 1);
		case 1:
			return text.slice(0, at) + character + text.slice(at);
		default:
			return text.slice(0, at) + character + text.slice(at + 1);
	}
}
