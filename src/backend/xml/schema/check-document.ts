import {applyEdits} from '../scan/apply-edits.ts';
import {scanXml} from '../scan/scan-xml.ts';
import {elementsIn, pathOf, type ScannedElement, type XmlFault} from '../scan/scanned.ts';
import type {Schema} from './compile-schema.ts';
import {Derivatives} from './derivatives.ts';
import {describeFinding, type Knowledge} from './describe-finding.ts';
import type {Finding} from './finding.ts';
import {followElement} from './follow-document.ts';
import type {Pattern} from './patterns.ts';
import {indexSchema} from './schema-index.ts';

/** How many cures of one document are tried out, and how many faults of a schema are told. */
const [mostTried, mostTold] = [40, 100];

/** Tells what is wrong with documents, each with its place and what mends it. */
export interface Checker {
	check(text: string): readonly XmlFault[];
	/** How much it has learnt. */
	readonly size: number;
}

/** Without a schema only the syntax is checked. */
export function openChecker(schema: Schema | undefined): Checker {
	if (schema === undefined) return {check: (text) => withPaths(scanXml(text)), size: 0};
	const derivatives = new Derivatives(schema.patterns);
	const index = indexSchema(schema.start);
	const find = (text: string): readonly XmlFault[] => {
		const scanned = scanXml(text);
		const {root, faults} = scanned;
		// What follows from a fault of the syntax is none of the schema.
		if (root === undefined || faults.length > 0) return withPaths(scanned);
		const befores = new Map<ScannedElement, Pattern>();
		const findings: Finding[] = [];
		followElement(root, derivatives, {before: schema.start, findings, onElement: (element, before) => befores.set(element, before)});
		const knowledge: Knowledge = {derivatives, index, beforeOf: (element) => befores.get(element)};
		return distinct(findings.slice(0, mostTold).map((finding) => describeFinding(finding, knowledge)));
	};
	return {
		check: (text) => withCures(text, find(text), find),
		get size() {
			return schema.patterns.size;
		},
	};
}

function withPaths({root, faults}: ReturnType<typeof scanXml>): XmlFault[] {
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
function withCures(text: string, faults: readonly XmlFault[], find: (text: string) => readonly XmlFault[]): readonly XmlFault[] {
	return faults.map((fault, index) => {
		if (fault.edits === undefined) return fault;
		if (index >= mostTried) return {...fault, edits: undefined};
		const left = find(applyEdits(text, fault.edits));
		// What the syntax has hidden is no fault of the cure.
		const isCured = left.length < faults.length || (fault.source === 'syntax' && left.every(({source}) => source === 'schema'));
		return isCured ? fault : {...fault, edits: undefined};
	});
}
