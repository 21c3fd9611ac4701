import {pathOf, type ScannedElement, type Span, type XmlFault} from '../scan/scanned.ts';
import {documentRules, hostRules} from './all-rules.ts';
import type {DocumentHost} from './document-host.ts';
import {attributeOf, textIn, viewDomain} from './domain-view.ts';
import type {Flaw, RuleHead} from './rule.ts';

/** More flaws of one rule are not told. */
const mostOfRule = 20;

/** What is against the rules in a document, as far as the document alone tells; `isWhole`: the schema refuses no part of it. */
export function findFlaws(root: ScannedElement, isWhole: boolean): XmlFault[] {
	const domain = viewDomain(root);
	if (domain === undefined) return [];
	return documentRules
		.filter(({drivers, isOfLack}) => drivers.includes(domain.driver) && (isWhole || isOfLack !== true))
		.flatMap((rule) => [...first(rule.find(domain))].map((flaw) => placed(flaw, rule, 'rule')));
}

/** What a document asks of a host, and the host has not. */
export async function findHostFlaws(root: ScannedElement, host: DocumentHost): Promise<XmlFault[]> {
	const domain = viewDomain(root);
	const faults: XmlFault[] = [];
	for (const rule of hostRules) {
		if (domain === undefined || !rule.drivers.includes(domain.driver)) continue;
		let left = mostOfRule;
		for await (const flaw of rule.find(domain, host)) {
			if (left-- <= 0) break;
			faults.push(placed(flaw, rule, 'host'));
		}
	}
	return faults;
}

function* first(flaws: Iterable<Flaw>): Generator<Flaw> {
	let left = mostOfRule;
	for (const flaw of flaws) {
		if (left-- <= 0) return;
		yield flaw;
	}
}

function placed({at, attribute, culprit, level, message, cure, edits}: Flaw, rule: RuleHead, source: 'rule' | 'host'): XmlFault {
	const found = attribute === undefined ? undefined : attributeOf(at, attribute);
	return {
		source,
		level: level ?? rule.level,
		rule: rule.id,
		path: pathOf(at),
		...spanOf(found ?? placeOf(at)),
		culprit: culprit ?? found?.value ?? (textIn(at) || `<${at.name}>`),
		message,
		cure,
		edits,
	};
}

function spanOf({start, end}: Span): Span {
	return {start, end};
}

/** The text of an element that has nothing else in it; else its tag. */
function placeOf({children, start, name}: ScannedElement): Span {
	const [text, ...more] = children;
	const before = text?.kind === 'text' ? text.text.length - text.text.trimStart().length : 0;
	if (text?.kind !== 'text' || more.length > 0 || before === text.text.length) return {start, end: start + 1 + name.length};
	return {start: text.start + before, end: text.end - (text.text.length - text.text.trimEnd().length)};
}
