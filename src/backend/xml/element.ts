/** What brought a part of a document about, for people: `mount ram:/tmp=64M`, `default: no network`. */
export interface Cause {
	readonly kind: 'command' | 'option' | 'default' | 'backend';
	readonly text: string;
}

/** An XML element. Without a cause of its own it has that of the element it lies in. */
export interface Element {
	readonly name: string;
	readonly attributes: Readonly<Record<string, string>>;
	readonly children: ReadonlyArray<Element | string>;
	readonly cause?: Cause | undefined;
}

type Child = Element | string | number | undefined | false | ReadonlyArray<Element | undefined | false>;

/** Makes an element; attributes and children that are undefined (or false) are left out. Names and characters are checked by the writer. */
export function element(
	name: string,
	attributes: Readonly<Record<string, string | number | undefined>> = {},
	children: readonly Child[] = [],
	cause?: Cause,
): Element {
	const kept = Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)] as const]));
	return {name, attributes: Object.fromEntries(kept), children: children.flatMap(flattenChild), ...(cause && {cause})};
}

function flattenChild(child: Child): Array<Element | string> {
	if (child === undefined || child === false || child === '') return [];
	if (typeof child === 'string' || typeof child === 'number') return [String(child)];
	return 'name' in child ? [child] : child.filter((item) => item !== undefined && item !== false);
}

/** Whether a child is an element and no text. */
export function isElement(child: Element | string): child is Element {
	return typeof child !== 'string';
}

/** The child elements, all or those of a name. */
export function childElements(parent: Element, name?: string): Element[] {
	return parent.children.filter(isElement).filter((child) => name === undefined || child.name === name);
}

/** The first element on a path of names below this one. */
export function findElement(parent: Element, ...path: readonly string[]): Element | undefined {
	return path.reduce<Element | undefined>((found, name) => found && childElements(found, name)[0], parent);
}

/** The text directly within an element. */
export function textOf(parent: Element | undefined): string {
	return parent === undefined ? '' : parent.children.filter((child) => typeof child === 'string').join('');
}
