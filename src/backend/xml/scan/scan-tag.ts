import {nameAt, skipBlanks} from './characters.ts';
import type {FaultList} from './fault-list.ts';
import {decodeReferences} from './references.ts';
import type {Span} from './scanned.ts';

/** An attribute before its namespace is known. */
export interface RawAttribute extends Span {
	readonly name: string;
	readonly value: string;
	readonly inner: Span;
}

export interface StartTag extends Span {
	readonly name: string;
	readonly attributes: readonly RawAttribute[];
	/** It ends with `/>`. */
	readonly isEmpty: boolean;
}

/** What a mistaken quote looks like. */
const curlyQuotes = /^[“”„‟‘’‚«»]|[“”„‟‘’‚«»]$/g;

/** Reads the start tag at an offset, where a name follows the `<`. */
export function scanTag(text: string, start: number, faults: FaultList): StartTag {
	const name = nameAt(text, start + 1);
	const attributes: RawAttribute[] = [];
	const names = new Set<string>();
	let offset = start + 1 + name.length;
	for (;;) {
		const next = skipBlanks(text, offset);
		if (text[next] === '>') return {name, attributes, isEmpty: false, start, end: next + 1};
		if (text.startsWith('/>', next)) return {name, attributes, isEmpty: true, start, end: next + 2};
		if (next >= text.length || text[next] === '<') {
			faults.add(
				{start, end: offset},
				{
					culprit: `<${name}`,
					message: `The tag <${name} lacks its '>'`,
					cure: `end it with '>', or with '/>' where nothing is in it`,
					edits: [{start: offset, end: offset, text: '>'}],
				},
			);
			return {name, attributes, isEmpty: false, start, end: offset};
		}
		offset = scanAttribute(text, {next, isApart: next > offset, name, attributes, names}, faults);
	}
}

interface Place {
	readonly next: number;
	/** A blank stands before it. */
	readonly isApart: boolean;
	/** Of the tag. */
	readonly name: string;
	readonly attributes: RawAttribute[];
	/** Of the attributes. */
	readonly names: Set<string>;
}

/** Reads what stands in a tag, an attribute as a rule; gives where it ends. */
function scanAttribute(text: string, {next: start, isApart, name: tag, attributes, names}: Place, faults: FaultList): number {
	const name = nameAt(text, start);
	if (name === '') {
		const character = String.fromCodePoint(text.codePointAt(start) ?? 0);
		const end = start + character.length;
		faults.add(
			{start, end},
			{
				culprit: character,
				message: `'${character}' has no place in the tag <${tag}>`,
				cure: 'take it out',
				edits: [{start, end, text: ''}],
			},
		);
		return end;
	}
	const nameEnd = start + name.length;
	if (!isApart) {
		faults.add(
			{start, end: nameEnd},
			{
				culprit: name,
				message: `There is no blank before '${name}' in the tag <${tag}>`,
				cure: 'put one there',
				edits: [{start, end: start, text: ' '}],
			},
		);
	}
	const equals = skipBlanks(text, nameEnd);
	if (text[equals] !== '=') {
		faults.add({start, end: nameEnd}, {culprit: name, message: `The attribute '${name}' has no value`, cure: `${name}='…'`});
		return nameEnd;
	}
	const inner = scanValue(text, {start, name, at: skipBlanks(text, equals + 1)}, faults);
	const end = Math.min(text.length, inner.end + (isQuote(text[inner.start - 1]) && text[inner.end] === text[inner.start - 1] ? 1 : 0));
	const value = decodeReferences(text.slice(inner.start, inner.end).replace(/[\t\r\n]/g, ' '), inner.start, faults);
	if (names.has(name)) {
		faults.add(
			{start, end},
			{
				culprit: name,
				message: `The attribute '${name}' of <${tag}> is there twice`,
				cure: 'take one out',
				edits: [{start, end, text: ''}],
			},
		);
	}
	names.add(name);
	attributes.push({name, value: value.replaceAll(curlyQuotes, (quote) => (isQuote(text[inner.start - 1]) ? quote : '')), inner, start, end});
	return end;
}

function isQuote(character: string | undefined): boolean {
	return character === '"' || character === "'";
}

/** Where the value of an attribute stands, as far as that can be told. */
function scanValue(text: string, {start, name, at}: {readonly start: number; readonly name: string; readonly at: number}, faults: FaultList): Span {
	const quote = text[at];
	if (quote === undefined || !isQuote(quote)) {
		const end = endOfWord(text, at);
		const bare = text.slice(at, end).replaceAll(curlyQuotes, '');
		faults.add(
			{start, end},
			{
				culprit: text.slice(start, end),
				message: `The value of '${name}' needs straight quotes`,
				cure: `${name}='${bare}'`,
				edits: [{start: at, end, text: `'${bare}'`}],
			},
		);
		return {start: at, end};
	}
	const less = findAt(quote === '"' ? /["<]/g : /['<]/g, text, at + 1);
	if (text[less] === quote) return {start: at + 1, end: less};
	// Further than this a quote that is lacking is not looked for.
	const end = findAt(quote === '"' ? /[">\n]/g : /['>\n]/g, text, at + 1);
	if (text[end] === quote) {
		faults.add(
			{start: less, end: less + 1},
			{
				culprit: '<',
				message: `'<' in the value of '${name}'`,
				cure: '&lt;',
				edits: [{start: less, end: less + 1, text: '&lt;'}],
			},
		);
		return {start: at + 1, end};
	}
	const last = endOfWord(text, at + 1);
	faults.add(
		{start, end: last},
		{
			culprit: text.slice(start, last),
			message: `The value of '${name}' lacks its end quote`,
			cure: 'close the quote',
			edits: [{start: last, end: last, text: quote}],
		},
	);
	return {start: at + 1, end: last};
}

/** Where a word in a tag ends. */
function endOfWord(text: string, start: number): number {
	return findAt(/[ \t\r\n<>]|\/>/g, text, start);
}

/** Where the first match begins from an offset on; else where the text ends. */
function findAt(pattern: RegExp, text: string, offset: number): number {
	pattern.lastIndex = offset;
	return pattern.exec(text)?.index ?? text.length;
}
