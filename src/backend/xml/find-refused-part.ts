import {takeAttribute, takeElement} from './rules/edits.ts';
import {applyEdits} from './scan/apply-edits.ts';
import {scanXml} from './scan/scan-xml.ts';
import {elementsIn, pathOf, type Edit, type ScannedElement, type Span, type XmlFault} from './scan/scanned.ts';

/** So often libvirt is asked about one document. */
const mostAsked = 120;

/** What every document has: without it libvirt says something of its own. */
const needed: ReadonlySet<string> = new Set(['name', 'memory', 'os']);

/** What libvirt says against a document; undefined: nothing. */
export type AskLibvirt = (text: string) => Promise<LibvirtWord | undefined>;

interface LibvirtWord {
	readonly text: string;
	/** It is of the document, and not of who asks or of what there is already. */
	readonly isVerdict: boolean;
}

/** Something that may be taken out of a document. */
interface Part extends Span {
	readonly element: ScannedElement;
	readonly culprit: string;
	readonly edits: readonly Edit[];
	readonly isAttribute: boolean;
}

/** What libvirt has against a document, at the smallest part without which it says something else. */
export async function findRefusedPart(text: string, ask: AskLibvirt): Promise<XmlFault | undefined> {
	const word = await ask(text);
	const {root} = scanXml(text);
	if (word?.isVerdict !== true || root === undefined) return undefined;
	let left = mostAsked;
	// libvirt quotes what it speaks of, what matters most first.
	const quoted = [...word.text.matchAll(/'([^']+)'/g)].map(([, each = '']) => each);
	const rankOf = ({edits}: Part): number => {
		const rank = quoted.findIndex((each) => edits.some(({start, end}) => text.slice(start, end).includes(each)));
		return rank === -1 ? quoted.length : rank;
	};
	const search = async (parts: readonly Part[]): Promise<Part | undefined> => {
		let changed: Part | undefined;
		for (const part of parts.toSorted((one, other) => rankOf(one) - rankOf(other))) {
			if (left-- <= 0) break;
			const other = await ask(applyEdits(text, part.edits));
			// Without such a part libvirt says nothing, or something else about it.
			if (other === undefined || (other.text !== word.text && rankOf(part) < quoted.length)) return (await search(partsIn(part))) ?? part;
			if (other.text !== word.text) changed ??= part;
		}
		return changed && ((await search(partsIn(changed))) ?? changed);
	};
	const children = elementsIn(root).toReversed();
	const found =
		(await search(children.filter(({name}) => !needed.has(name)).map(partOf))) ??
		(await search(children.filter(({name}) => needed.has(name)).flatMap((element) => partsIn(partOf(element)))));
	const {element, start, end, culprit} = found ?? partOf(root);
	return {
		source: 'libvirt',
		level: 'error',
		path: pathOf(element),
		start,
		end,
		culprit,
		message: `libvirt refuses it: ${word.text}`,
		cure: 'change it, or take it out',
	};
}

function partOf(element: ScannedElement): Part {
	const {start, name} = element;
	return {element, start, end: start + 1 + name.length, culprit: name, edits: takeElement(element), isAttribute: false};
}

function partsIn({element, isAttribute}: Part): Part[] {
	if (isAttribute) return [];
	const attributes = element.attributes.map(({name, value, start, end}): Part => {
		return {element, start, end, culprit: value, edits: takeAttribute(element, name) ?? [], isAttribute: true};
	});
	// Of two that exclude each other the later one is the one too many.
	return [...attributes, ...elementsIn(element).toReversed().map(partOf)];
}
