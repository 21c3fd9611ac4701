import {namesIn} from './name-class.ts';
import type {Pattern, PatternOf} from './patterns.ts';

/** What a schema knows, wherever that may stand. */
export interface SchemaIndex {
	/** The names of elements that an element of this name may stand in. */
	parentsOf(local: string): readonly string[];
	readonly namespaces: ReadonlySet<string>;
}

/** Goes through a schema once. */
export function indexSchema(start: Pattern): SchemaIndex {
	const parents = new Map<string, Set<string>>();
	const namespaces = new Set<string>();
	const seen = new Set<number>();
	const todo: Array<readonly [pattern: Pattern, parent: string | undefined]> = [[start, undefined]];
	for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
		for (const element of elementsBelow(next[0])) {
			for (const {local, uri} of namesIn(element.names)) {
				if (uri !== '') namespaces.add(uri);
				if (next[1] !== undefined) parents.set(local, (parents.get(local) ?? new Set()).add(next[1]));
				if (!seen.has(element.id)) todo.push([element.body(), local]);
			}
			seen.add(element.id);
		}
	}
	return {parentsOf: (local) => [...(parents.get(local) ?? [])], namespaces};
}

function elementsBelow(start: Pattern): Array<PatternOf<'element'>> {
	const found: Array<PatternOf<'element'>> = [];
	const seen = new Set<number>();
	const visit = (pattern: Pattern): void => {
		if (seen.has(pattern.id)) return;
		seen.add(pattern.id);
		switch (pattern.kind) {
			case 'element':
				found.push(pattern);
				break;
			case 'choice':
				pattern.of.forEach(visit);
				break;
			case 'group':
			case 'interleave':
			case 'within':
				visit(pattern.first);
				visit(pattern.second);
				break;
			case 'repeated':
				visit(pattern.of);
				break;
		}
	};
	visit(start);
	return found;
}
