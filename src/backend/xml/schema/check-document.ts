import {applyEdits} from '../scan/apply-edits.ts';
import {scanXml, type ScannedDocument} from '../scan/scan-xml.ts';
import {elementsIn, pathOf, type ScannedElement, type XmlFault} from '../scan/scanned.ts';
import type {Schema} from './compile-schema.ts';
import {Derivatives} from './derivatives.ts';
import {describeFinding} from './describe-finding.ts';
import type {Finding} from './finding.ts';
import {followElement} from './follow-document.ts';
import type {Pattern} from './patterns.ts';
import {indexSchema} from './schema-index.ts';

/** How many cures of one document are tried out, and how much text in all, in characters. */
const [mostTried, mostTriedText] = [40, 3_000_000];

/** So many faults of a schema are told. */
const mostTold = 100;

/** Tells what is wrong with documents, each with its place and what mends it. */
export interface Checker {
	check(text: string): readonly XmlFault[];
	count(text: string): Counts;
	/** How much it has learnt. */
	readonly size: number;
}

/** How much is wrong, by the source that says so. */
type Counts = Readonly<Record<'syntax' | 'schema', number>>;

/** Without a schema only the syntax is checked. */
export function openChecker(schema: Schema | undefined): Checker {
	const index = schema && indexSchema(schema.start);
	const derivatives = schema && new Derivatives(schema.patterns);
	/** What follows from a fault of the syntax is none of the schema. */
	const follow = ({root, count}: ScannedDocument, onElement?: (element: ScannedElement, before: Pattern) => void): readonly Finding[] => {
		if (schema === undefined || derivatives === undefined || root === undefined || count > 0) return [];
		const findings: Finding[] = [];
		followElement(root, derivatives, {before: schema.start, findings, onElement});
		return findings;
	};
	const countIn = (text: string): Counts => {
		const scanned = scanXml(text);
		return {syntax: scanned.count, schema: follow(scanned).length};
	};
	return {
		check(text) {
			const scanned = scanXml(text);
			const befores = new Map<ScannedElement, Pattern>();
			const findings = follow(scanned, (element, before) => befores.set(element, before));
			const knowledge = derivatives && index && {derivatives, index, beforeOf: (element: ScannedElement) => befores.get(element)};
			const described = knowledge === undefined ? [] : findings.slice(0, mostTold).map((finding) => describeFinding(finding, knowledge));
			const counts = {syntax: scanned.count, schema: findings.length};
			return withCures(text, [...withPaths(scanned), ...distinct(described)], counts, countIn);
		},
		count: countIn,
		get size() {
			return schema?.patterns.size ?? 0;
		},
	};
}

function withPaths({root, faults}: ScannedDocument): XmlFault[] {
	return faults.map((fault) => {
		const around = root && elementAt(root, fault.start);
		return around === undefined ? fault : {...fault, path: pathOf(around)};
	});
}

function elementAt(element: ScannedElement, offset: number): ScannedElement | undefined {
	if (offset < element.start || offset > element.end) return undefined;
	let inmost = element;
	for (;;) {
		const inner = elementsIn(inmost).find(({start, end}) => offset >= start && offset < end);
		if (inner === undefined) return inmost;
		inmost = inner;
	}
}

function distinct(faults: readonly XmlFault[]): XmlFault[] {
	const seen = new Set<string>();
	return faults.filter(({start, culprit}) => {
		const key = `${start} ${culprit}`;
		return !seen.has(key) && seen.add(key);
	});
}

/** A cure is offered as changes only where these take its fault away and bring none. */
function withCures(text: string, faults: readonly XmlFault[], counts: Counts, countIn: (text: string) => Counts): readonly XmlFault[] {
	const tries = Math.min(mostTried, mostTriedText / text.length);
	return faults.map((fault, index) => {
		if (fault.edits === undefined) return fault;
		if (index >= tries) return {...fault, edits: undefined};
		const left = countIn(applyEdits(text, fault.edits));
		// What the syntax has hidden is no fault of the cure.
		const isCured = fault.source === 'syntax' ? left.syntax < counts.syntax : left.syntax === 0 && left.schema < counts.schema;
		return isCured ? fault : {...fault, edits: undefined};
	});
}
