import {ShellError} from '../core/errors.ts';
import type {Output} from '../core/output.ts';
import {didYouMean} from '../core/nearest-word.ts';
import {setItems} from '../spec/items.ts';
import type {CommandContext} from './context.ts';
import {quoteWord} from './quote-word.ts';

/** The items of one list of the current definition, as a table. `item`: the first word of their paths. */
export function* showItems({session}: CommandContext, item: string, column: string): Generator<Output> {
	const definition = session.definition();
	const rows = [...setItems(definition.spec, quoteWord)]
		.filter(([path]) => path.startsWith(`${item} `))
		.map(([path, text]) => ({[column]: path.slice(item.length + 1), value: text, origin: definition.origins[path] ?? 'definition'}));
	yield {kind: 'table', columns: [{name: column}, {name: 'value'}, {name: 'origin'}], rows};
}

/** A list with one item more, in place of the one with the same identity. */
export function withItem<T>(items: readonly T[], item: T, identity: (item: T) => string): readonly T[] {
	const index = items.findIndex((each) => identity(each) === identity(item));
	return index === -1 ? [...items, item] : items.with(index, item);
}

/** A list without an item; throws not-found with the nearest. */
export function withoutItem<T>(items: readonly T[], name: string, identity: (item: T) => string, what: string): readonly T[] {
	if (!items.some((item) => identity(item) === name)) {
		const names = items.map(identity);
		throw new ShellError('not-found', `There is no ${what} '${name}'`, {
			hint: didYouMean(name, names) ?? (names.length === 0 ? 'The definition has none.' : `There are: ${names.join(', ')}.`),
		});
	}
	return items.filter((item) => identity(item) !== name);
}
