import type {ScannedAttribute, ScannedElement} from '../scan/scanned.ts';
import type {Derivatives} from './derivatives.ts';
import {attributeValues, nextTexts, valuesIn} from './expected.ts';
import type {Finding} from './finding.ts';
import {followElement} from './follow-document.ts';
import type {Pattern} from './patterns.ts';

/** How many changes are tried for one element, and how many values of one text. */
const [mostTries, mostValues] = [60, 10];

/** A parent that takes more of the text, in characters, is not followed again. */
const longestParent = 20_000;

/** An earlier choice by which an element would be right. */
interface Repair {
	readonly element: ScannedElement;
	/** Undefined: its text is to change. */
	readonly attribute: ScannedAttribute | undefined;
	readonly value: string;
}

/** A value of the parent's attributes, or the text of an elder brother, that would make an element right. Only the parent is followed again. */
export function findRepair(
	{element, around}: Extract<Finding, {kind: 'element'}>,
	derivatives: Derivatives,
	beforeOf: (element: ScannedElement) => Pattern | undefined,
): Repair | undefined {
	const {parent} = element;
	const before = parent && beforeOf(parent);
	if (parent === undefined || before === undefined || around === undefined || parent.end - parent.start > longestParent) return undefined;
	let left = mostTries;
	const isRight = (changed: ScannedElement): boolean => {
		const findings: Finding[] = [];
		followElement(changed, derivatives, {before, findings});
		return findings.length === 0;
	};
	for (const attribute of parent.attributes) {
		for (const value of attributeValues(around.begun, attribute).flatMap(valuesIn)) {
			if (value === attribute.value || !mayHold(parent, attribute, value)) continue;
			if (left-- <= 0) return undefined;
			if (isRight({...parent, attributes: parent.attributes.map((each) => (each === attribute ? {...each, value} : each))}))
				return {element: parent, attribute, value};
		}
	}
	for (const brother of parent.children.slice(0, parent.children.indexOf(element))) {
		const [text, ...more] = brother.kind === 'element' ? brother.children : [];
		if (brother.kind !== 'element' || text?.kind !== 'text' || more.length > 0) continue;
		const begun = derivatives.open(around.content, brother);
		const values = nextTexts(derivatives.endTag(begun, true)).flatMap(valuesIn);
		for (const value of values.slice(0, mostValues)) {
			if (value === text.text.trim()) continue;
			if (left-- <= 0) return undefined;
			const changed: ScannedElement = {...brother, children: [{...text, text: value}]};
			if (isRight({...parent, children: parent.children.map((each) => (each === brother ? changed : each))}))
				return {element: brother, attribute: undefined, value};
		}
	}
	return undefined;

	/** With such a value the parent could have the element at all. */
	function mayHold(holder: ScannedElement, attribute: ScannedAttribute, value: string): boolean {
		if (before === undefined) return false;
		const begun = derivatives.attribute(derivatives.open(before, holder), attribute, value);
		return begun.kind !== 'nothing' && derivatives.open(derivatives.endTag(begun, true), element).kind !== 'nothing';
	}
}
