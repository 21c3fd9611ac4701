import {isElement, type Element} from './element.ts';

/** A node of a document in the shape that XPath engines walk: of the DOM no more than that. */
export class DomNode {
	/** 1 element, 2 attribute, 3 text, 9 document. */
	readonly nodeType: 1 | 2 | 3 | 9;
	readonly nodeName: string;
	readonly localName: string | null = null;
	readonly prefix: string | null = null;
	readonly namespaceURI: string | null = null;
	readonly nodeValue: string | null = null;
	readonly data: string | null = null;
	readonly ownerDocument: DomNode | null = null;
	readonly ownerElement: DomNode | null = null;
	readonly parentNode: DomNode | null = null;
	readonly childNodes: DomNode[] = [];
	readonly attributes: (DomNode[] & {item(index: number): DomNode | null}) | null = null;
	readonly documentElement: DomNode | null = null;
	firstChild: DomNode | null = null;
	lastChild: DomNode | null = null;
	nextSibling: DomNode | null = null;
	previousSibling: DomNode | null = null;
	/** What it shows; undefined: no element. */
	readonly element: Element | undefined = undefined;

	constructor(nodeType: DomNode['nodeType'], nodeName: string, parts: Partial<DomNode> = {}) {
		this.nodeType = nodeType;
		this.nodeName = nodeName;
		Object.assign(this, parts);
	}
}

type Scope = Readonly<Record<string, string>>;

const noScope: Scope = {xml: 'http://www.w3.org/XML/1998/namespace'};

/** A document with this root. */
export function viewAsDom(root: Element): DomNode {
	const document = new DomNode(9, '#document');
	const top = viewElement(root, document, document, noScope);
	adopt(document, [top]);
	return Object.assign(document, {documentElement: top});
}

function viewElement(element: Element, parent: DomNode, document: DomNode, outer: Scope): DomNode {
	const scope = scopeOf(element, outer);
	const view = new DomNode(1, element.name, {...nameParts(element.name, scope, true), parentNode: parent, ownerDocument: document, element});
	const attributes = Object.entries(element.attributes)
		.filter(([name]) => name !== 'xmlns' && !name.startsWith('xmlns:'))
		.map(([name, value]) => {
			const parts = {...nameParts(name, scope, false), nodeValue: value, data: value};
			return new DomNode(2, name, {...parts, ownerDocument: document, ownerElement: view});
		});
	Object.assign(view, {attributes: Object.assign(attributes, {item: (index: number) => attributes[index] ?? null})});
	adopt(
		view,
		element.children.map((child) =>
			isElement(child)
				? viewElement(child, view, document, scope)
				: new DomNode(3, '#text', {nodeValue: child, data: child, parentNode: view, ownerDocument: document}),
		),
	);
	return view;
}

function scopeOf(element: Element, outer: Scope): Scope {
	const own = Object.entries(element.attributes).flatMap(([name, uri]) =>
		name === 'xmlns' || name.startsWith('xmlns:') ? [[name.slice('xmlns:'.length), uri] as const] : [],
	);
	return own.length === 0 ? outer : {...outer, ...Object.fromEntries(own)};
}

function nameParts(name: string, scope: Scope, takesDefault: boolean): Pick<DomNode, 'localName' | 'prefix' | 'namespaceURI'> {
	const colon = name.indexOf(':');
	if (colon < 0) return {localName: name, prefix: null, namespaceURI: (takesDefault ? scope[''] : undefined) ?? null};
	const prefix = name.slice(0, colon);
	return {localName: name.slice(colon + 1), prefix, namespaceURI: scope[prefix] ?? null};
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
