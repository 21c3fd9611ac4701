import {hasName, namesIn} from './name-class.ts';
import type {Name} from './derivatives.ts';
import type {Pattern, PatternOf} from './patterns.ts';

/** The elements that may come next. */
export function nextElements(pattern: Pattern): Array<PatternOf<'element'>> {
	return collect(pattern, 'element', ({first}) => first.nullable);
}

/** The attributes that the element that has begun may have. */
export function nextAttributes(pattern: Pattern): Array<PatternOf<'attribute'>> {
	return collect(pattern, 'attribute', () => true);
}

/** What may be written as text. */
export function nextTexts(pattern: Pattern): Array<PatternOf<'value' | 'data' | 'list'>> {
	return [...collect(pattern, 'value', isPassed), ...collect(pattern, 'data', isPassed), ...collect(pattern, 'list', isPassed)];
}

const isPassed = ({first}: PatternOf<'group' | 'interleave'>): boolean => first.nullable;

/** Patterns of a kind that may come first; `passes`: whether the second of a group may. */
function collect<Kind extends Pattern['kind']>(pattern: Pattern, kind: Kind, passes: (group: PatternOf<'group'>) => boolean): Array<PatternOf<Kind>> {
	const found: Array<PatternOf<Kind>> = [];
	const seen = new Set<number>();
	const visit = (each: Pattern): void => {
		if (seen.has(each.id)) return;
		seen.add(each.id);
		if (each.kind === kind) found.push(each as PatternOf<Kind>);
		switch (each.kind) {
			case 'choice':
				each.of.forEach(visit);
				break;
			case 'interleave':
				visit(each.first);
				visit(each.second);
				break;
			case 'group':
				visit(each.first);
				if (passes(each as PatternOf<'group'>)) visit(each.second);
				break;
			case 'repeated':
				visit(each.of);
				break;
			case 'within':
				visit(each.first);
				break;
		}
	};
	visit(pattern);
	return found;
}

/** The names of elements or attributes, each once. */
export function namesOf(patterns: ReadonlyArray<PatternOf<'element' | 'attribute'>>): string[] {
	return [...new Set(patterns.flatMap(({names}) => namesIn(names).map(({local}) => local)))];
}

/** The values that a pattern lists. */
export function valuesIn(pattern: Pattern): string[] {
	switch (pattern.kind) {
		case 'value':
			return [pattern.value];
		case 'choice':
			return [...new Set(pattern.of.flatMap(valuesIn))];
		case 'group':
		case 'interleave':
			return [...new Set([...valuesIn(pattern.first), ...valuesIn(pattern.second)])];
		case 'repeated':
			return valuesIn(pattern.of);
		default:
			return [];
	}
}

/** What the attribute of a name may be. */
export function attributeValues(pattern: Pattern, name: Name): Pattern[] {
	return nextAttributes(pattern).flatMap(({names, value}) => (hasName(names, name.uri, name.local) ? [value] : []));
}

/** What an element still lacks: of each row one. `#text`: its text. */
export function lackingIn(pattern: Pattern): ReadonlyArray<readonly string[]> {
	const open = (pattern.kind === 'choice' ? pattern.of : [pattern]).flatMap((each) => (each.kind === 'within' ? [lacking(each.first)] : []));
	return open.toSorted((one, other) => one.length - other.length)[0] ?? [];
}

function lacking(pattern: Pattern): ReadonlyArray<readonly string[]> {
	if (pattern.nullable) return [];
	switch (pattern.kind) {
		case 'element':
			return [namesOf([pattern])];
		case 'choice':
			return [[...new Set(pattern.of.flatMap((each) => lacking(each).slice(0, 1).flat()))]];
		case 'group':
		case 'interleave':
			return [...lacking(pattern.first), ...lacking(pattern.second)];
		case 'repeated':
			return lacking(pattern.of);
		case 'value':
		case 'data':
		case 'list':
			return [['#text']];
		default:
			return [];
	}
}
