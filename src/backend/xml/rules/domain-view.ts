import {elementsIn, type ScannedAttribute, type ScannedElement} from '../scan/scanned.ts';

/** The driver of libvirt that a document is for. */
export type Driver = 'lxc' | 'qemu';

/** The document of a domain, as rules look at it. */
export interface Domain {
	readonly root: ScannedElement;
	readonly driver: Driver;
	/** q35, i440fx, microvm and so on; empty: the document has none. */
	readonly machine: string;
	readonly arch: string;
	/** The elements on a path below the outermost one, such as `devices/disk/target`; of libvirt's other namespaces as `qemu:commandline`. */
	all(path: string): readonly ScannedElement[];
	one(path: string): ScannedElement | undefined;
}

const driverOfType: ReadonlyMap<string | undefined, Driver> = new Map([
	['lxc', 'lxc'],
	['qemu', 'qemu'],
	['kvm', 'qemu'],
]);

const prefixes: ReadonlyMap<string, string> = new Map([
	['', ''],
	['http://libvirt.org/schemas/domain/qemu/1.0', 'qemu:'],
	['http://libvirt.org/schemas/domain/lxc/1.0', 'lxc:'],
]);

/** Undefined: the document is of no driver that is known here. */
export function viewDomain(root: ScannedElement): Domain | undefined {
	const driver = driverOfType.get(valueOf(root, 'type'));
	if (driver === undefined || root.name !== 'domain') return undefined;
	const all = (path: string): readonly ScannedElement[] => childrenOf(root, path);
	const type = childOf(root, 'os/type');
	const name = valueOf(type, 'machine') ?? '';
	return {
		root,
		driver,
		arch: valueOf(type, 'arch') ?? '',
		machine: /q35/.test(name) ? 'q35' : /^(?:pc|pc-i440fx-.*|pc-\d.*|ubuntu.*)$/.test(name) ? 'i440fx' : name,
		all,
		one: (path) => all(path)[0],
	};
}

function nameOf({uri, local}: ScannedElement): string | undefined {
	const prefix = prefixes.get(uri);
	return prefix === undefined ? undefined : prefix + local;
}

/** The elements on a path below one. */
export function childrenOf(element: ScannedElement | undefined, path: string): readonly ScannedElement[] {
	const start: readonly ScannedElement[] = element === undefined ? [] : [element];
	return path.split('/').reduce((found, name) => found.flatMap((each) => elementsIn(each).filter((child) => nameOf(child) === name)), start);
}

/** The first element on a path below one. */
export function childOf(element: ScannedElement | undefined, path: string): ScannedElement | undefined {
	return childrenOf(element, path)[0];
}

/** An attribute of an element. */
export function attributeOf(element: ScannedElement | undefined, name: string): ScannedAttribute | undefined {
	return element?.attributes.find((attribute) => attribute.name === name);
}

/** The value of an attribute; undefined: there is no such one. */
export function valueOf(element: ScannedElement | undefined, name: string): string | undefined {
	return attributeOf(element, name)?.value;
}

/** The text of an element, without the blanks around it. */
export function textIn(element: ScannedElement | undefined): string {
	if (element === undefined) return '';
	return element.children
		.map((child) => (child.kind === 'text' ? child.text : ''))
		.join('')
		.trim();
}

/** A number as libvirt writes them; undefined: it is none. */
export function integerOf(text: string | undefined): number | undefined {
	return text !== undefined && /^(?:\d{1,15}|0[xX][\da-fA-F]{1,12})$/.test(text) ? Number(text) : undefined;
}

const factors: ReadonlyMap<string, number> = new Map(
	['k', 'm', 'g', 't', 'p', 'e'].flatMap((letter, index) => [
		[letter, 1024 ** (index + 1)] as const,
		[`${letter}ib`, 1024 ** (index + 1)] as const,
		[`${letter}b`, 1000 ** (index + 1)] as const,
	]),
);

/** The size that an element's text gives, in bytes; libvirt counts in KiB where there is no unit. */
export function bytesOf(element: ScannedElement | undefined): number | undefined {
	const number = integerOf(textIn(element));
	const unit = (valueOf(element, 'unit') ?? 'KiB').toLowerCase();
	const factor = /^(?:b|bytes?)$/.test(unit) ? 1 : factors.get(unit);
	return number === undefined || factor === undefined ? undefined : number * factor;
}

/** The CPUs of a list such as `0-3,^2`; undefined: it is none. */
export function cpusOf(list: string | undefined): ReadonlySet<number> | undefined {
	const cpus = new Set<number>();
	for (const part of (list ?? '').split(',')) {
		const [, not, first, last = first] = /^\s*(\^?)(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? [];
		if (first === undefined) return undefined;
		for (let cpu = Number(first); cpu <= Number(last); cpu++) {
			if (not === '') cpus.add(cpu);
			else cpus.delete(cpu);
		}
	}
	return cpus;
}

/** Those whose key an earlier one has too, each with the first that has it. */
export function* repeated<Item>(items: Iterable<Item>, keyOf: (item: Item) => string | undefined): Generator<readonly [item: Item, first: Item]> {
	const seen = new Map<string, Item>();
	for (const item of items) {
		const key = keyOf(item);
		if (key === undefined) continue;
		const first = seen.get(key);
		if (first === undefined) seen.set(key, item);
		else yield [item, first];
	}
}
