import type {Edit, ScannedElement} from '../scan/scanned.ts';
import {attributeOf} from './domain-view.ts';

function escape(value: string): string {
	return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&apos;').replaceAll('"', '&quot;');
}

/** Gives an attribute a value, also one that is not there. */
export function setValue(element: ScannedElement, name: string, value: string): Edit[] {
	const attribute = attributeOf(element, name);
	if (attribute !== undefined) return [{...attribute.inner, text: escape(value)}];
	const at = element.start + 1 + element.name.length;
	return [{start: at, end: at, text: ` ${name}='${escape(value)}'`}];
}

/** Takes an attribute out, with the blank before it. */
export function takeAttribute(element: ScannedElement, name: string): Edit[] | undefined {
	const attribute = attributeOf(element, name);
	return attribute && [{start: attribute.start - 1, end: attribute.end, text: ''}];
}

/** Takes an element out. */
export function takeElement({start, end}: ScannedElement): Edit[] {
	return [{start, end, text: ''}];
}

/** Changes the text of an element that has nothing else in it. */
export function setText({inner, children}: ScannedElement, text: string): Edit[] | undefined {
	return children.length === 1 && children[0]?.kind === 'text' ? [{...inner, text: escape(text)}] : undefined;
}

/** Puts markup behind the start tag of an element that has an end tag. */
export function addInside({inner, end}: ScannedElement, markup: string): Edit[] | undefined {
	return inner.end < end ? [{start: inner.start, end: inner.start, text: markup}] : undefined;
}
