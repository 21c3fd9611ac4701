import type {FaultList} from './fault-list.ts';
import type {ScannedAttribute, Span} from './scanned.ts';

/** Namespaces by their prefixes; '' is that of elements without one. */
export type Scope = ReadonlyMap<string, string>;

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace';

export const outermostScope: Scope = new Map([
	['', ''],
	['xml', xmlNamespace],
]);

/** The prefix that an attribute declares; undefined: it declares none. */
export function declaredPrefix(name: string): string | undefined {
	if (name === 'xmlns') return '';
	return name.startsWith('xmlns:') ? name.slice('xmlns:'.length) : undefined;
}

/** The scope of an element with these declarations. */
export function scopeWith(outer: Scope, declarations: ReadonlyArray<Pick<ScannedAttribute, 'name' | 'value'>>): Scope {
	if (declarations.length === 0) return outer;
	return new Map([...outer, ...declarations.map(({name, value}) => [declaredPrefix(name) ?? '', value] as const)]);
}

/** The parts of a name. */
export function resolveName(
	name: string,
	{scope, isAttribute, place, faults}: {readonly scope: Scope; readonly isAttribute: boolean; readonly place: Span; readonly faults: FaultList},
): {readonly local: string; readonly uri: string} {
	const colon = name.indexOf(':');
	if (colon === -1) return {local: name, uri: isAttribute ? '' : (scope.get('') ?? '')};
	const [prefix, local] = [name.slice(0, colon), name.slice(colon + 1)];
	const uri = scope.get(prefix);
	if (uri !== undefined && prefix !== '' && local !== '' && !local.includes(':')) return {local, uri};
	faults.add(place, {
		culprit: name,
		message: uri === undefined ? `The prefix '${prefix}' is not declared` : `'${name}' is no name with a prefix`,
		cure: uri === undefined ? `declare it: xmlns:${prefix}='…'` : 'write one colon, between two names',
	});
	return {local, uri: uri ?? `undeclared:${prefix}`};
}
