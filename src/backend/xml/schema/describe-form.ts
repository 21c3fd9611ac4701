import {enumerateWords} from '../../../core/enumerate-words.ts';
import {isKnownType, rangeOf, type DataType} from './data-types.ts';
import {valuesIn} from './expected.ts';
import type {Pattern} from './patterns.ts';

/** How many values are listed. */
const mostListed = 8;

/** Some of a few words. */
export function listWords(words: readonly string[]): string {
	return words.length > mostListed ? `${words.slice(0, mostListed).join(', ')}, …` : enumerateWords(words);
}

/** What a value may be, for people. */
export function describeForms(patterns: readonly Pattern[]): string {
	const values = [...new Set(patterns.flatMap(valuesIn))];
	const types = new Set(patterns.flatMap(typesIn).flatMap((type) => describeType(type) ?? []));
	const forms = [...(values.length === 0 ? [] : [listWords(values)]), ...types];
	return forms.length === 0 ? 'another form' : forms.slice(0, 3).join(', or ');
}

function typesIn(pattern: Pattern): DataType[] {
	switch (pattern.kind) {
		case 'data':
			return [pattern.type];
		case 'choice':
			return pattern.of.flatMap(typesIn);
		case 'group':
		case 'interleave':
			return [...typesIn(pattern.first), ...typesIn(pattern.second)];
		case 'repeated':
		case 'list':
			return typesIn(pattern.of);
		default:
			return [];
	}
}

function describeType(type: DataType): string | undefined {
	const source = type.params.find(([name]) => name === 'pattern')?.[1];
	const range = rangeOf(type);
	if (range !== undefined && (source === undefined || /^[-?(|+)]*\[0-9\]\+$/.test(source))) {
		const [least, most] = range;
		if (least === undefined && most === undefined) return 'a number';
		if (least === undefined || most === undefined) return most === undefined ? `a number from ${least} on` : `a number up to ${most}`;
		return `a number from ${least} to ${most}`;
	}
	if (source !== undefined) return source.length <= 60 ? `a text like ${source}` : undefined;
	return isKnownType(type) && type.name === 'dateTime' ? 'a time like 2026-01-31T12:00:00Z' : undefined;
}
