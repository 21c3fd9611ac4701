import type {FaultList} from './fault-list.ts';
import type {ScannedAttribute, Span} from './scanned.ts';

/** Namespaces by their prefixes; '' is that of elements without one. */
export interface Scope {
	readonly own: ReadonlyMap<string, string>;
	/** Of the elements around. */
	readonly outer: Scope | undefined;
}

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';

export const outermostScope: Scope = {
	own: new Map([
		['', ''],
		['xml', xmlNamespace],
	]),
	outer: undefined,
};

/** The prefix that an attribute declares; undefined: it declares none. */
export function declaredPrefix(name: string): string | undefined {
	if (name === 'xmlns') return '';
	return name.startsWith('xmlns:') ? name.slice('xmlns:'.length) : undefined;
}

/** The scope of an element with these declarations. */
export function scopeWith(outer: Scope, declarations: ReadonlyArray<Pick<ScannedAttribute, 'name' | 'value'>>): Scope {
	if (declarations.length === 0) return outer;
	return {own: new Map(declarations.map(({name, value}) => [declaredPrefix(name) ?? '', value])), outer};
}

function namespaceOf(prefix: string, scope: Scope): string | undefined {
	for (let each: Scope | undefined = scope; each !== undefined; each = each.outer) {
		const uri = each.own.get(prefix);
		if (uri !== undefined) return uri;
	}
	return undefined;
}

/** The parts of a name. */
export function resolveName(
	name: string,
	{scope, isAttribute, place, faults}: {readonly scope: Scope; readonly isAttribute: boolean; readonly place: Span; readonly faults: FaultList},
): {readonly local: string; readonly uri: string} {
	const colon = name.indexOf(':');
	if (colon === -1) return {local: name, uri: isAttribute ? '' : (namespaceOf('', scope) ?? '')};
	const [prefix, local] = [name.slice(0, colon), name.slice(colon + 1)];
	const uri = namespaceOf(prefix, scope);
	if (uri !== undefined && prefix !== '' && local !== '' && !local.includes(':')) return {local, uri};
	faults.add(place, {
		culprit: name,
		message: uri === undefined ? `The prefix '${prefix}' is not declared` : `'${name}' is no name with a prefix`,
		cure: uri === undefined ? `declare it: xmlns:${prefix}='…'` : 'write one colon, between two names',
	});
	return {local, uri: uri ?? `undeclared:${prefix}`};
}
