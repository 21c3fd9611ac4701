import type {Edit, ScannedAttribute, ScannedElement, Span, XmlFault} from '../scan/scanned.ts';
import {elementsIn, pathOf} from '../scan/scanned.ts';
import type {Derivatives} from './derivatives.ts';
import {describeForms, listWords} from './describe-form.ts';
import {attributeValues, lackingIn, namesOf, nextAttributes, nextElements, nextTexts, valuesIn} from './expected.ts';
import type {Finding} from './finding.ts';
import {isSlip, nearWords} from './near-names.ts';
import type {Pattern} from './patterns.ts';
import {findRepair} from './repairs.ts';
import type {SchemaIndex} from './schema-index.ts';

/** What the words for a finding are found by. */
interface Knowledge {
	readonly derivatives: Derivatives;
	readonly index: SchemaIndex;
	readonly beforeOf: (element: ScannedElement) => Pattern | undefined;
}

type Told = Pick<XmlFault, 'culprit' | 'message' | 'cure' | 'edits'> & Span & {readonly at?: ScannedElement};
type FindingOf<Kind extends Finding['kind']> = Extract<Finding, {readonly kind: Kind}>;

/** A finding in words, with what mends it. */
export function describeFinding(finding: Finding, knowledge: Knowledge): XmlFault {
	const {at = finding.element, ...told} = tell(finding, knowledge);
	return {source: 'schema', path: pathOf(at), ...told};
}

function tell(finding: Finding, knowledge: Knowledge): Told {
	switch (finding.kind) {
		case 'value':
			return tellValue(finding, knowledge);
		case 'attribute':
			return tellAttribute(finding);
		case 'no-attribute':
			return tellNoAttribute(finding);
		case 'text':
			return tellText(finding, knowledge);
		case 'element':
			return tellElement(finding, knowledge);
		case 'incomplete':
			return tellIncomplete(finding);
	}
}

function escapeValue(value: string): string {
	return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll("'", '&apos;').replaceAll('"', '&quot;');
}

/** The place of an element is its start tag. */
function tagOf({start, name}: ScannedElement): Span {
	return {start, end: start + 1 + name.length};
}

function tellValue({element, attribute, before, isConflict}: FindingOf<'attribute' | 'value'>, {derivatives}: Knowledge): Told {
	const {name, value, start, end, inner} = attribute;
	const forms = attributeValues(before, attribute);
	const bare = value.trim();
	const [near] = bare !== value && forms.some((form) => derivatives.isValue(form, bare)) ? [bare] : nearWords(value, forms.flatMap(valuesIn));
	return {
		start,
		end,
		culprit: value,
		message: `<${element.name}> may not have ${name}='${value}'${isConflict ? ' beside its other attributes' : ''}`,
		cure: near === undefined ? `${name} is ${describeForms(forms)}` : `${name}='${near}'`,
		edits: near === undefined ? undefined : [{...inner, text: escapeValue(near)}],
	};
}

function tellAttribute({element, attribute, before, isConflict}: FindingOf<'attribute' | 'value'>): Told {
	const {name, local, start, end} = attribute;
	const names = namesOf(nextAttributes(before)).filter((each) => !element.attributes.some((other) => other.name === each));
	const [near] = nearWords(local, names);
	const isElement = namesOf(nextElements(before)).includes(local);
	const cure = isElement ? `an element: <${local}>` : names.length > 0 ? `it may have ${listWords(names)}` : 'take it out';
	return {
		start,
		end,
		culprit: name,
		message: `<${element.name}> has no attribute '${name}'${isConflict ? ' beside its others' : ''}`,
		cure: near === undefined ? cure : `the attribute is '${near}'`,
		edits: near === undefined ? (names.length === 0 && !isElement ? [{start, end, text: ''}] : undefined) : [{start, end: start + name.length, text: near}],
	};
}

function tellNoAttribute({element, names, before}: FindingOf<'no-attribute'>): Told {
	const [name = '…'] = names;
	const [value, ...others] = attributeValues(before, {uri: '', local: name}).flatMap(valuesIn);
	const place = tagOf(element);
	const isSure = names.length === 1 && value !== undefined && others.length === 0;
	return {
		...place,
		culprit: `<${element.name}>`,
		message: `<${element.name}> needs the attribute ${names.length === 0 ? 'that it lacks' : listWords(names)}`,
		cure: `${name}='${isSure ? value : '…'}'`,
		edits: isSure ? [{start: place.end, end: place.end, text: ` ${name}='${escapeValue(value)}'`}] : undefined,
	};
}

function tellText({element, text, before}: FindingOf<'text'>, {derivatives}: Knowledge): Told {
	const word = text.text.trim();
	if (derivatives.text(before, word).kind !== 'nothing') {
		const message = `<${element.name}> may not have blanks around '${word}'`;
		return {
			start: text.start,
			end: text.end,
			culprit: text.text,
			message,
			cure: word,
			edits: [{start: text.start, end: text.end, text: escapeValue(word)}],
		};
	}
	const forms = nextTexts(before);
	const [near] = nearWords(word, forms.flatMap(valuesIn));
	const names = namesOf(nextAttributes(before));
	const start = text.start + (text.text.length - text.text.trimStart().length);
	const end = Math.max(start, text.end - (text.text.length - text.text.trimEnd().length));
	if (forms.length === 0) {
		const cure = names.length > 0 ? `an attribute: ${listWords(names)}` : 'take it out';
		return {start, end, culprit: word, message: `<${element.name}> takes no text`, cure, edits: [{start, end, text: ''}]};
	}
	return {
		start,
		end,
		culprit: word,
		message: `<${element.name}> may not be '${word}'`,
		cure: near ?? describeForms(forms),
		edits: near === undefined ? undefined : [{start, end, text: escapeValue(near)}],
	};
}

function tellElement(finding: FindingOf<'element'>, knowledge: Knowledge): Told {
	const {element, before, around} = finding;
	const {derivatives, index} = knowledge;
	const place = {...tagOf(element), culprit: element.name};
	const parent = element.parent === undefined ? 'the document' : `<${element.parent.name}>`;
	const fits = (pattern: Pattern | undefined): boolean => pattern !== undefined && derivatives.open(pattern, element).kind !== 'nothing';
	const namespace = element.uri === '' ? undefined : tellNamespace(element, index);
	if (namespace !== undefined) return namespace;
	const repair = findRepair(finding, derivatives, knowledge.beforeOf);
	if (fits(around?.content)) {
		const isTwice = element.parent !== undefined && elementsIn(element.parent).some((other) => other.start < element.start && other.name === element.name);
		const message = isTwice ? `<${element.name}> is there twice in ${parent}` : `<${element.name}> does not go with what stands before it in ${parent}`;
		return repair === undefined
			? {...place, message, cure: 'take one out', edits: [{start: element.start, end: element.end, text: ''}]}
			: tellRepair(repair, element);
	}
	if (repair !== undefined) return tellRepair(repair, element);
	if (fits(around?.begun)) return {...place, message: `<${element.name}> does not go with the attributes of ${parent}`, cure: 'change one of them'};
	const names = namesOf(nextElements(before));
	const parents = index.parentsOf(element.local);
	// What has its place elsewhere was rather misplaced than mistyped.
	const [near] = nearWords(element.local, names).filter((name) => parents.length === 0 || isSlip(element.local, name));
	return {
		...place,
		message: `<${element.name}> has no place in ${parent}`,
		cure: near === undefined ? otherPlace(parents, names) : `<${near}>`,
		edits: near === undefined ? undefined : rename(element, near),
	};
}

function otherPlace(parents: readonly string[], names: readonly string[]): string {
	const here = parents.filter((each) => names.includes(each));
	if (parents.length > 0) return `it belongs into ${listWords((here.length > 0 ? here : parents).map((each) => `<${each}>`))}`;
	return names.length > 0 ? `there may be ${listWords(names.map((each) => `<${each}>`))}` : 'take it out';
}

/** An element of a namespace that the schema does not have, where it has one like it. */
function tellNamespace(element: ScannedElement, {namespaces}: SchemaIndex): Told | undefined {
	if (namespaces.has(element.uri)) return undefined;
	const [near] = nearWords(element.uri, namespaces);
	for (let each: ScannedElement | undefined = element; each !== undefined && near !== undefined; each = each.parent) {
		const declaration: ScannedAttribute | undefined = each.declarations.find(({value}) => value === element.uri);
		if (declaration === undefined) continue;
		const {start, end, inner, value, name} = declaration;
		return {
			at: each,
			start,
			end,
			culprit: value,
			message: `libvirt has no namespace '${value}'`,
			cure: `${name}='${near}'`,
			edits: [{...inner, text: near}],
		};
	}
	return undefined;
}

function tellRepair({element: at, attribute, value}: NonNullable<ReturnType<typeof findRepair>>, element: ScannedElement): Told {
	if (attribute !== undefined) {
		const {name, start, end, inner} = attribute;
		const message = `${name}='${attribute.value}' of <${at.name}> does not go with <${element.name}>`;
		return {
			at,
			start,
			end,
			culprit: attribute.value,
			message,
			cure: `${name}='${value}', or no <${element.name}>`,
			edits: [{...inner, text: escapeValue(value)}],
		};
	}
	const text = at.children
		.map((child) => (child.kind === 'text' ? child.text : ''))
		.join('')
		.trim();
	const message = `'${text}' in <${at.name}> does not go with <${element.name}>`;
	return {at, ...tagOf(at), culprit: text, message, cure: `${value}, or no <${element.name}>`, edits: [{...at.inner, text: escapeValue(value)}]};
}

function tellIncomplete({element, before}: FindingOf<'incomplete'>): Told {
	const lacking = lackingIn(before).map((names) => listWords(names.map((name) => (name === '#text' ? 'a text' : `<${name}>`))));
	const what = lacking.length === 0 ? 'something' : lacking.join(' and ');
	return {...tagOf(element), culprit: `<${element.name}>`, message: `<${element.name}> lacks ${what}`, cure: `add ${what}`};
}

function rename({start, name, inner, end}: ScannedElement, to: string): Edit[] {
	const colon = name.indexOf(':') + 1;
	const change = (at: number): Edit => ({start: at + colon, end: at + name.length, text: to});
	return inner.end < end && inner.end > inner.start - 1 && end > inner.start ? [change(start + 1), change(inner.end + 2)] : [change(start + 1)];
}
