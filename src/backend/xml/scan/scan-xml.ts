import {forbiddenIn, nameAt, skipBlanks} from './characters.ts';
import {FaultList} from './fault-list.ts';
import {mendUnclosed} from './mend-unclosed.ts';
import {declaredPrefix, outermostScope, resolveName, scopeWith, type Scope} from './namespaces.ts';
import {decodeReferences} from './references.ts';
import {scanDeclaration} from './scan-declaration.ts';
import {scanTag, type RawAttribute, type StartTag} from './scan-tag.ts';
import type {ScannedAttribute, ScannedElement, ScannedText, Span, XmlFault} from './scanned.ts';

/** As deep as libvirt reads. */
const deepest = 256;

interface OpenElement extends ScannedElement {
	end: number;
	inner: {start: number; end: number};
	parent: OpenElement | undefined;
	readonly children: Array<OpenElement | ScannedText>;
	readonly scope: Scope;
}

/** A document as it stands in its text. */
export interface ScannedDocument {
	readonly root: ScannedElement | undefined;
	readonly faults: readonly XmlFault[];
	/** With those faults that are more than anybody reads. */
	readonly count: number;
}

/** Reads a document and goes on behind whatever is no XML, so that all its faults are found, with their places. */
export function scanXml(text: string): ScannedDocument {
	return new Scanner(text).scan();
}

class Scanner {
	readonly #text: string;
	readonly #faults = new FaultList();
	/** What is not closed yet, the outermost first. */
	readonly #open: OpenElement[] = [];
	#root: ScannedElement | undefined;

	constructor(text: string) {
		this.#text = text;
	}

	scan(): ScannedDocument {
		const text = this.#text;
		for (const {0: character, index} of forbiddenIn(text)) {
			const word = /[^\s<>]*$/.exec(text.slice(Math.max(0, index - 40), index))?.[0] ?? '';
			this.#fault(
				{start: index, end: index + character.length},
				character === '\ufffd' ? `${word}\ufffd` : character,
				character === '\ufffd' ? 'There are bytes that are no UTF-8' : 'This character may not stand in a document',
				character === '\ufffd' ? 'save the file as UTF-8' : 'take it out',
				character === '\ufffd' ? undefined : '',
			);
		}
		let offset = text.startsWith('\ufeff') ? 1 : 0;
		while (offset < text.length) offset = text[offset] === '<' ? this.#scanMarkup(offset) : this.#scanText(offset);
		for (const element of this.#open.toReversed()) this.#tellUnclosed(element, text.length);
		if (this.#root === undefined) this.#fault({start: 0, end: 0}, '', 'There is no element', 'write one: <domain>');
		return {root: this.#root, faults: this.#faults.all(), count: this.#faults.count};
	}

	/** `replacement`: what the text of the fault should be; undefined: somebody has to decide. */
	#fault(place: Span, culprit: string, message: string, cure: string, replacement?: string): void {
		const edits = replacement === undefined ? undefined : [{...place, text: replacement}];
		this.#faults.add(place, {culprit, message, cure, edits});
	}

	#scanText(start: number): number {
		const next = this.#text.indexOf('<', start);
		const end = next === -1 ? this.#text.length : next;
		const raw = this.#text.slice(start, end);
		if (this.#open.length === 0) {
			const blank = skipBlanks(raw, 0);
			const place = {start: start + blank, end: start + raw.trimEnd().length};
			if (blank < raw.length) this.#fault(place, raw.trim().slice(0, 20), 'There is text outside of the outermost element', 'take it out', '');
			return end;
		}
		for (let at = raw.indexOf(']]>'); at !== -1; at = raw.indexOf(']]>', at + 3)) {
			this.#fault({start: start + at, end: start + at + 3}, ']]>', "']]>' may not stand in a text", ']]&gt;', ']]&gt;');
		}
		this.#addText({start, end}, decodeReferences(raw, start, this.#faults));
		return end;
	}

	#addText(place: Span, text: string): void {
		this.#open.at(-1)?.children.push({kind: 'text', text: text.replace(/\r\n?/g, '\n'), ...place});
	}

	#scanMarkup(start: number): number {
		const text = this.#text;
		if (text.startsWith('<!--', start)) return this.#scanComment(start);
		if (text.startsWith('<![CDATA[', start)) return this.#scanCharacterData(start);
		if (text.startsWith('<?', start)) return scanDeclaration(text, start, this.#faults);
		if (text.startsWith('<!', start)) return this.#scanDocumentType(start);
		if (text.startsWith('</', start)) return this.#scanEndTag(start);
		if (nameAt(text, start + 1) !== '') return this.#openElement(scanTag(text, start, this.#faults));
		const line = text.slice(start, start + 12).split('\n')[0] ?? '';
		this.#fault({start, end: start + 1}, line.trimEnd(), "'<' begins a tag, and this is none", '&lt;', '&lt;');
		this.#addText({start, end: start + 1}, '<');
		return start + 1;
	}

	#scanComment(start: number): number {
		const hyphens = this.#text.indexOf('--', start + 4);
		if (hyphens === -1) {
			this.#fault({start, end: start + 4}, '<!--', 'The comment is not closed', 'close it with -->');
			return this.#text.length;
		}
		if (this.#text[hyphens + 2] === '>') return hyphens + 3;
		const close = this.#text.indexOf('-->', start + 4);
		const end = close === -1 ? this.#text.length : close;
		const runs = [...this.#text.slice(start + 4, end).matchAll(/--+|-$/g)];
		this.#faults.add(
			{start: hyphens, end: hyphens + 2},
			{
				culprit: '--',
				message: "'--' may not stand in a comment",
				cure: 'write one hyphen',
				edits: runs.map(({0: run, index}) => ({
					start: start + 4 + index,
					end: start + 4 + index + run.length,
					text: start + 4 + index + run.length === end ? '' : '-',
				})),
			},
		);
		return close === -1 ? this.#text.length : close + 3;
	}

	#scanCharacterData(start: number): number {
		const close = this.#text.indexOf(']]>', start);
		const end = close === -1 ? this.#text.length : close;
		if (close === -1) this.#fault({start, end: start + 9}, '<![CDATA[', 'The CDATA section is not closed', 'close it with ]]>');
		else if (this.#open.length === 0) this.#fault({start, end: end + 3}, '<![CDATA[', 'There is text outside of the outermost element', 'take it out', '');
		this.#addText({start, end}, this.#text.slice(start + 9, end));
		return Math.min(this.#text.length, end + 3);
	}

	#scanDocumentType(start: number): number {
		const close = /\]\s*>|^[^[>]*>/.exec(this.#text.slice(start));
		const end = close === null ? this.#text.length : start + close.index + close[0].length;
		const what = this.#text.startsWith('<!DOCTYPE', start) ? 'A document type is not allowed: it may define entities' : "'<!' begins nothing that is known";
		this.#fault({start, end}, this.#text.slice(start, end).slice(0, 9), what, 'take it out', '');
		return end;
	}

	#openElement(tag: StartTag): number {
		const parent = this.#open.at(-1);
		const declared = tag.attributes.filter(({name}) => declaredPrefix(name) !== undefined);
		const scope = scopeWith(parent?.scope ?? outermostScope, declared);
		const resolve = (name: string, place: Span, isAttribute: boolean) => resolveName(name, {scope, isAttribute, place, faults: this.#faults});
		const complete = (attribute: RawAttribute): ScannedAttribute => ({...attribute, ...resolve(attribute.name, attribute, true)});
		const element: OpenElement = {
			kind: 'element',
			name: tag.name,
			...resolve(tag.name, {start: tag.start, end: tag.start + 1 + tag.name.length}, false),
			attributes: tag.attributes.filter(({name}) => declaredPrefix(name) === undefined).map(complete),
			declarations: declared.map((attribute) => ({...attribute, local: attribute.name, uri: ''})),
			children: [],
			start: tag.start,
			end: tag.end,
			inner: {start: tag.end, end: tag.end},
			parent,
			scope,
		};
		this.#refuseSame(element);
		if (this.#open.length === deepest) {
			this.#fault({start: tag.start, end: tag.end}, `<${tag.name}>`, `The elements are nested more than ${deepest} deep`, 'libvirt reads no more');
			return this.#text.length;
		}
		if (parent !== undefined) parent.children.push(element);
		else if (this.#root === undefined) this.#root = element;
		else
			this.#fault(
				{start: tag.start, end: tag.end},
				`<${tag.name}`,
				'There is a second outermost element',
				'one document holds one domain: put it into a file of its own',
			);
		if (!tag.isEmpty) this.#open.push(element);
		return tag.end;
	}

	/** Two names that are one, by their namespaces. */
	#refuseSame({attributes}: ScannedElement): void {
		const names = new Map<string, string>();
		for (const {local, uri, name, start, end} of attributes) {
			if (uri === '') continue;
			const key = `${uri} ${local}`;
			const other = names.get(key) ?? name;
			if (other !== name) this.#fault({start, end}, name, `'${name}' and '${other}' are the same attribute`, 'take one out', '');
			names.set(key, other);
		}
	}

	#scanEndTag(start: number): number {
		const name = nameAt(this.#text, start + 2);
		const nameEnd = start + 2 + name.length;
		const close = skipBlanks(this.#text, nameEnd);
		const isClosed = this.#text[close] === '>';
		const end = isClosed ? close + 1 : nameEnd;
		if (!isClosed) this.#fault({start, end}, `</${name}`, `The end tag </${name} lacks its '>'`, `</${name}>`, `</${name}>`);
		const at = this.#open.findLastIndex((element) => element.name === name);
		const top = this.#open.at(-1);
		if (top === undefined) {
			this.#fault({start, end}, `</${name}>`, `</${name}> ends what has not begun`, 'take it out', '');
		} else if (at === -1) {
			this.#fault({start, end}, `</${name}>`, `</${name}> stands where <${top.name}> ends`, `</${top.name}>`, `</${top.name}>`);
			this.#close(top, start, end);
		} else {
			for (const element of this.#open.slice(at + 1).toReversed()) this.#tellUnclosed(element, start);
			this.#close(this.#open[at], start, end);
		}
		return end;
	}

	#close(element: OpenElement | undefined, innerEnd: number, end: number): void {
		if (element === undefined) return;
		element.inner.end = innerEnd;
		element.end = end;
		this.#open.pop();
	}

	/** Some of what has been taken for its content may rather be what follows it. */
	#tellUnclosed(element: OpenElement, end: number): void {
		const {name, start, inner, parent} = element;
		const {kept, end: innerEnd, ...mend} = mendUnclosed(this.#text, element, end);
		this.#faults.add({start, end: inner.start}, {culprit: this.#text.slice(start, inner.start), message: `<${name}> is not closed`, ...mend});
		this.#close(element, innerEnd, innerEnd);
		for (const child of element.children.splice(kept)) {
			if (child.kind === 'element') child.parent = parent;
			parent?.children.push(child);
		}
	}
}
