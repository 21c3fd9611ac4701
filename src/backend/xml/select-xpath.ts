import {ShellError} from '../../core/errors.ts';
import {viewAsDom, type DomNode} from './dom-view.ts';
import type {Element} from './element.ts';
import {escapeXml, writeXml} from './write-xml.ts';

/** What an expression gives: nodes as XML, one text each with a newline at its end, or one string, number or truth. */
type Selection = {readonly kind: 'nodes'; readonly texts: readonly string[]} | {readonly kind: 'value'; readonly text: string};

/** The part of the package `xpath` that is used. */
interface XPathPackage {
	parse(expression: string): {evaluate(options: {readonly node: DomNode; readonly namespaces: Readonly<Record<string, string>>}): XPathValue};
}
interface XPathValue {
	toString(): string;
	/** Of node sets. */
	toArray?(): DomNode[];
}

/** Evaluates an XPath 1.0 expression on a document; the prefixes that its root or a child of its declare are known. Throws a usage error for one that cannot be read. */
export async function selectXPath(document: Element, expression: string): Promise<Selection> {
	// Its own types would bring those of a browser into every file: so they are not asked for.
	const xpath: XPathPackage = await import('xpath' as string);
	let value: XPathValue;
	try {
		value = xpath.parse(expression).evaluate({node: viewAsDom(document), namespaces: findPrefixes(document)});
	} catch (cause) {
		throw new ShellError('usage', `'${expression}' is not an XPath expression${reasonOf(cause)}`, {
			hint: 'Write one such as //interface/mac/@address.',
			cause,
		});
	}
	if (value.toArray === undefined) return {kind: 'value', text: value.toString()};
	return {kind: 'nodes', texts: value.toArray().map(writeNode)};
}

/** Nodes as one document. */
export function wrapNodes(texts: readonly string[]): string {
	const inner = texts.map((text) => `  ${text.trimEnd().replaceAll('\n', '\n  ')}\n`).join('');
	return inner === '' ? '<nodes/>\n' : `<nodes>\n${inner}</nodes>\n`;
}

function writeNode({nodeType, nodeName, nodeValue, element, documentElement}: DomNode): string {
	const shown = element ?? documentElement?.element;
	if (shown !== undefined) return writeXml(shown);
	const text = escapeXml(nodeValue ?? '');
	return nodeType === 2 ? `${nodeName}='${text.replaceAll("'", '&apos;')}'\n` : `${text}\n`;
}

function findPrefixes(element: Element): Record<string, string> {
	const own = Object.entries(element.attributes).flatMap(([name, uri]) => (name.startsWith('xmlns:') ? [[name.slice('xmlns:'.length), uri] as const] : []));
	const below = element.children.flatMap((child) => (typeof child === 'string' ? [] : Object.entries(findPrefixes(child))));
	return Object.fromEntries([...below, ...own]);
}

function reasonOf(cause: unknown): string {
	if (cause instanceof ShellError || !(cause instanceof Error)) return '';
	const [line = ''] = cause.message.split('\n');
	return /QName|function/i.test(line) ? `: ${line}` : '';
}
