import type {ScannedElement, ScannedText} from '../scan/scanned.ts';
import type {Derivatives} from './derivatives.ts';
import {attributeValues, namesOf, nextAttributes, nextTexts} from './expected.ts';
import type {Finding} from './finding.ts';
import type {Pattern} from './patterns.ts';

/** How an element is met: what may stand there, and where findings go. */
interface Meeting {
	readonly before: Pattern;
	readonly findings: Finding[];
	readonly around?: {readonly begun: Pattern; readonly content: Pattern};
	/** Told what was before each element. */
	readonly onElement?: ((element: ScannedElement, before: Pattern) => void) | undefined;
}

/** Follows an element of a document by the schema; gives what may stand behind it. What does not fit is passed over. */
export function followElement(element: ScannedElement, derivatives: Derivatives, meeting: Meeting): Pattern {
	const {before, findings, around} = meeting;
	meeting.onElement?.(element, before);
	const begun = derivatives.open(before, element);
	if (begun.kind === 'nothing') {
		findings.push({kind: 'element', element, before, ...(around && {around})});
		return before;
	}
	const had = findings.length;
	const content = followTag(element, begun, derivatives, findings);
	const rest = followContent(element, content, derivatives, {...meeting, around: {begun, content}});
	const after = derivatives.close(rest);
	if (after.kind !== 'nothing') return after;
	// What was passed over may be what is lacking.
	if (findings.length === had) findings.push({kind: 'incomplete', element, before: rest});
	return derivatives.closeAnyway(rest);
}

function followTag(element: ScannedElement, begun: Pattern, derivatives: Derivatives, findings: Finding[]): Pattern {
	const had = findings.length;
	let pattern = begun;
	for (const attribute of element.attributes) {
		const rest = derivatives.attribute(pattern, attribute, attribute.value);
		if (rest.kind !== 'nothing') {
			pattern = rest;
			continue;
		}
		const isKnown = attributeValues(pattern, attribute).length > 0;
		const isConflict = derivatives.attribute(begun, attribute, attribute.value).kind !== 'nothing';
		findings.push({kind: isKnown ? 'value' : 'attribute', element, attribute, before: pattern, isConflict});
		const passed = isKnown ? derivatives.attribute(pattern, attribute) : pattern;
		if (passed.kind !== 'nothing') pattern = passed;
	}
	const content = derivatives.endTag(pattern);
	if (content.kind !== 'nothing') return content;
	if (findings.length === had) {
		const names = namesOf(nextAttributes(pattern));
		const sufficing = names.filter((local) => derivatives.endTag(derivatives.attribute(pattern, {uri: '', local})).kind !== 'nothing');
		findings.push({kind: 'no-attribute', element, names: sufficing.length > 0 ? sufficing : names, before: pattern});
	}
	return derivatives.endTag(pattern, true);
}

function followContent(element: ScannedElement, content: Pattern, derivatives: Derivatives, meeting: Meeting): Pattern {
	const parts = joinTexts(element);
	const [only] = parts;
	if (only === undefined || (parts.length === 1 && only.kind === 'text'))
		return followOnlyText(element, content, derivatives, {text: only, findings: meeting.findings});
	let pattern = content;
	for (const part of parts) {
		if (part.kind === 'element') {
			pattern = followElement(part, derivatives, {...meeting, before: pattern});
			continue;
		}
		if (part.text.trim() === '') continue;
		const rest = derivatives.text(pattern, part.text);
		if (rest.kind === 'nothing') meeting.findings.push({kind: 'text', element, text: part, before: pattern});
		else pattern = rest;
	}
	return pattern;
}

/** Where no element is in it, nothing is a text too. */
function followOnlyText(
	element: ScannedElement,
	content: Pattern,
	derivatives: Derivatives,
	{text, findings}: {readonly text: ScannedText | undefined; readonly findings: Finding[]},
): Pattern {
	const rest = derivatives.text(content, text?.text ?? '');
	const isBlank = text === undefined || text.text.trim() === '';
	if (isBlank) return derivatives.patterns.choice(content, rest);
	if (rest.kind !== 'nothing') return rest;
	findings.push({kind: 'text', element, text, before: content});
	return nextTexts(content).length > 0 ? passTexts(content, derivatives) : content;
}

/** What is left once a text, whichever, was there. */
function passTexts(pattern: Pattern, derivatives: Derivatives): Pattern {
	const {choice, group, interleave, within, repeated, empty} = derivatives.patterns;
	const pass = (each: Pattern): Pattern => passTexts(each, derivatives);
	switch (pattern.kind) {
		case 'value':
		case 'data':
		case 'list':
			return empty;
		case 'choice':
			return choice(...pattern.of.map(pass));
		case 'group':
			return group(pass(pattern.first), pass(pattern.second));
		case 'interleave':
			return interleave(pass(pattern.first), pass(pattern.second));
		case 'repeated':
			return repeated(pass(pattern.of));
		case 'within':
			return within(pass(pattern.first), pattern.second);
		default:
			return pattern;
	}
}

/** Comments and sections part a text that is one. It stands where its first word does. */
function joinTexts({children}: ScannedElement): Array<ScannedElement | ScannedText> {
	const parts: Array<ScannedElement | ScannedText> = [];
	for (const child of children) {
		const last = parts.at(-1);
		if (child.kind === 'element' || last?.kind !== 'text') {
			parts.push(child);
			continue;
		}
		const isBlank = last.text.trim() === '';
		parts[parts.length - 1] = {
			kind: 'text',
			text: last.text + child.text,
			start: isBlank ? child.start : last.start,
			end: isBlank || child.text.trim() !== '' ? child.end : last.end,
		};
	}
	return parts;
}
