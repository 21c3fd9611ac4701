/** Which names an element or attribute of a schema may have. */
export type NameClass =
	| {readonly kind: 'name'; readonly uri: string; readonly local: string}
	| {readonly kind: 'any'; readonly except: NameClass | undefined}
	| {readonly kind: 'namespace'; readonly uri: string; readonly except: NameClass | undefined}
	| {readonly kind: 'choice'; readonly of: readonly NameClass[]};

/** Whether a name is one of these. */
export function hasName(names: NameClass, uri: string, local: string): boolean {
	switch (names.kind) {
		case 'name':
			return names.local === local && names.uri === uri;
		case 'choice':
			return names.of.some((each) => hasName(each, uri, local));
		case 'namespace':
			if (names.uri !== uri) return false;
			break;
		case 'any':
			break;
	}
	return names.except === undefined || !hasName(names.except, uri, local);
}

/** The names that are listed, with their namespaces. */
export function namesIn(names: NameClass): ReadonlyArray<{readonly uri: string; readonly local: string}> {
	if (names.kind === 'name') return [names];
	return names.kind === 'choice' ? names.of.flatMap(namesIn) : [];
}
