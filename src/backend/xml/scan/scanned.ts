/** A part of a text: from one offset up to another. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

/** One change of a text. */
export interface Edit extends Span {
	readonly text: string;
}

/** What is wrong with a document. */
export interface XmlFault extends Span {
	readonly source: 'syntax' | 'schema' | 'rule' | 'host' | 'libvirt';
	/** Left out: an error. */
	readonly level?: 'error' | 'warning' | 'info';
	/** The rule that it is against. */
	readonly rule?: string;
	/** As it stands there, or nearly. */
	readonly culprit: string;
	readonly message: string;
	/** In words. */
	readonly cure: string;
	/** The cure as changes of the text; undefined: somebody has to decide. */
	readonly edits?: readonly Edit[] | undefined;
	/** The element that it is in, as `/domain/devices/disk[2]`; undefined: none. */
	readonly path?: string | undefined;
}

export interface ScannedAttribute extends Span {
	readonly name: string;
	readonly local: string;
	readonly uri: string;
	readonly value: string;
	/** Between the quotes. */
	readonly inner: Span;
}

export interface ScannedText extends Span {
	readonly kind: 'text';
	readonly text: string;
}

export interface ScannedElement extends Span {
	readonly kind: 'element';
	readonly name: string;
	readonly local: string;
	readonly uri: string;
	readonly attributes: readonly ScannedAttribute[];
	/** Of namespaces. */
	readonly declarations: readonly ScannedAttribute[];
	readonly children: ReadonlyArray<ScannedElement | ScannedText>;
	/** Behind the `>` of its start tag, and where its end tag begins: the same where it has none. */
	readonly inner: Span;
	readonly parent: ScannedElement | undefined;
}

/** The child elements, without the text between them. */
export function elementsIn({children}: Pick<ScannedElement, 'children'>): ScannedElement[] {
	return children.filter((child) => child.kind === 'element');
}

/** Where an element is: names from the outermost one on, numbered where several brothers have the same. */
export function pathOf(element: ScannedElement): string {
	const steps: string[] = [];
	for (let each: ScannedElement | undefined = element; each !== undefined; each = each.parent) {
		const {name, parent} = each;
		const same = parent === undefined ? [] : elementsIn(parent).filter((other) => other.name === name);
		steps.unshift(same.length > 1 ? `${name}[${same.indexOf(each) + 1}]` : name);
	}
	return `/${steps.join('/')}`;
}
