import type {DocumentHost} from './rules/document-host.ts';
import {findFlaws, findHostFlaws} from './rules/find-flaws.ts';
import {applyEdits} from './scan/apply-edits.ts';
import {scanXml} from './scan/scan-xml.ts';
import type {XmlFault} from './scan/scanned.ts';
import type {Checker} from './schema/check-document.ts';

/** How many cures of one document are tried out, and how much text in all, in characters. */
const [mostTried, mostTriedText] = [40, 3_000_000];

/** All that is wrong with a domain's document: its faults in the order of the text, then what the host lacks, then what is worth knowing. Without a host only the document itself is looked at. */
export async function checkDomain(text: string, checker: Checker, host: DocumentHost | undefined): Promise<readonly XmlFault[]> {
	const faults = checker.check(text);
	const {root} = scanXml(text);
	// What follows from a fault of the syntax is none of its own.
	if (root === undefined || faults.some(({source}) => source === 'syntax')) return faults;
	const flaws = [...findFlaws(root, faults.length === 0), ...(host === undefined ? [] : await findHostFlaws(root, host))];
	const own = flaws.filter((flaw) => !faults.some((fault) => fault.path === flaw.path || (fault.start < flaw.end && flaw.start < fault.end)));
	return [...faults, ...withCures(text, own, checker, faults.length === 0)].toSorted((one, other) => rankOf(one) - rankOf(other) || one.start - other.start);
}

function rankOf({level, source}: XmlFault): number {
	if (level === 'info') return 3;
	return source === 'host' ? (level === 'warning' ? 2 : 1) : 0;
}

/** A cure is offered as changes only where it brings no other fault. */
function withCures(text: string, flaws: readonly XmlFault[], checker: Checker, isWhole: boolean): XmlFault[] {
	const countIn = (changed: string): number => {
		const {syntax, schema} = checker.count(changed);
		const {root} = scanXml(changed);
		return syntax + schema + (root === undefined ? 0 : findFlaws(root, isWhole).length);
	};
	if (flaws.every(({edits}) => edits === undefined)) return [...flaws];
	const before = countIn(text);
	const tries = Math.min(mostTried, mostTriedText / text.length);
	return flaws.map((flaw, index) => {
		if (flaw.edits === undefined) return flaw;
		const left = index < tries ? countIn(applyEdits(text, flaw.edits)) : Number.POSITIVE_INFINITY;
		return left < before ? flaw : {...flaw, edits: undefined};
	});
}
