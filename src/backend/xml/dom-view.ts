import {isElement, type Element} from './element.ts';

/** A node of a document in the shape that XPath engines walk: of the DOM no more than that. */
export interface DomNode {
	/** 1 element, 2 attribute, 3 text, 9 document. */
	readonly nodeType: 1 | 2 | 3 | 9;
	readonly nodeName: string;
	readonly localName: string | null;
	readonly prefix: string | null;
	readonly namespaceURI: string | null;
	readonly nodeValue: string | null;
	readonly data: string | null;
	readonly ownerDocument: DomNode | null;
	readonly ownerElement: DomNode | null;
	readonly parentNode: DomNode | null;
	readonly childNodes: DomNode[];
	readonly attributes: (DomNode[] & {item(index: number): DomNode | null}) | null;
	readonly documentElement: DomNode | null;
	firstChild: DomNode | null;
	lastChild: DomNode | null;
	nextSibling: DomNode | null;
	previousSibling: DomNode | null;
	/** What it shows; undefined: no element. */
	readonly element: Element | undefined;
}

type Scope = Readonly<Record<string, string>>;

const noScope: Scope = {xml: 'http://www.w3.org/XML/1998/namespace'};

/** A document with this root. */
export function viewAsDom(root: Element): DomNode {
	const document = node({nodeType: 9, nodeName: '#document'});
	const top = viewElement(root, document, document, noScope);
	adopt(document, [top]);
	return Object.assign(document, {documentElement: top});
}

function viewElement(element: Element, parent: DomNode, document: DomNode, outer: Scope): DomNode {
	const scope = scopeOf(element, outer);
	const view = node({nodeType: 1, nodeName: element.name, ...nameParts(element.name, scope, true), parentNode: parent, ownerDocument: document, element});
	const attributes = Object.entries(element.attributes)
		.filter(([name]) => name !== 'xmlns' && !name.startsWith('xmlns:'))
		.map(([name, value]) =>
			node({nodeType: 2, nodeName: name, ...nameParts(name, scope, false), nodeValue: value, data: value, ownerDocument: document, ownerElement: view}),
		);
	Object.assign(view, {attributes: Object.assign(attributes, {item: (index: number) => attributes[index] ?? null})});
	adopt(
		view,
		element.children.map((child) =>
			isElement(child)
				? viewElement(child, view, document, scope)
				: node({nodeType: 3, nodeName: '#text', nodeValue: child, data: child, parentNode: view, ownerDocument: document}),
		),
	);
	return view;
}

function scopeOf(element: Element, outer: Scope): Scope {
	const own = Object.entries(element.attributes).flatMap(([name, uri]) =>
		name === 'xmlns' ? [['', uri] as const] : name.startsWith('xmlns:') ? [[name.slice('xmlns:'.length), uri] as const] : [],
	);
	return own.length === 0 ? outer : {...outer, ...Object.fromEntries(own)};
}

function nameParts(name: string, scope: Scope, takesDefault: boolean): Pick<DomNode, 'localName' | 'prefix' | 'namespaceURI'> {
	const colon = name.indexOf(':');
	if (colon < 0) return {localName: name, prefix: null, namespaceURI: (takesDefault ? scope[''] : undefined) ?? null};
	const prefix = name.slice(0, colon);
	return {localName: name.slice(colon + 1), prefix, namespaceURI: scope[prefix] ?? null};
}

function node(parts: Pick<DomNode, 'nodeType' | 'nodeName'> & Partial<DomNode>): DomNode {
	return {
		localName: null,
		prefix: null,
		namespaceURI: null,
		nodeValue: null,
		data: null,
		ownerDocument: null,
		ownerElement: null,
		parentNode: null,
		childNodes: [],
		attributes: null,
		documentElement: null,
		firstChild: null,
		lastChild: null,
		nextSibling: null,
		previousSibling: null,
		element: undefined,
		...parts,
	};
}

function adopt(parent: DomNode, children: readonly DomNode[]): void {
	parent.childNodes.push(...children);
	parent.firstChild = children[0] ?? null;
	parent.lastChild = children.at(-1) ?? null;
	for (const [index, child] of children.entries()) {
		child.nextSibling = children[index + 1] ?? null;
		child.previousSibling = children[index - 1] ?? null;
	}
}
