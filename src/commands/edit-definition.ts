import {ShellError} from '../core/errors.ts';
import {didYouMean} from '../core/nearest-word.ts';
import type {Output} from '../core/output.ts';
import {compareItems, setItems} from '../spec/items.ts';
import type {SandboxSpec} from '../spec/types.ts';
import {WrongArgument} from './command.ts';
import type {CommandContext} from './context.ts';
import {quoteWord} from './quote-word.ts';

/** Gives the current definition a new spec as one step of undo, and tells what changed. */
export function* editDefinition(context: CommandContext, change: (spec: SandboxSpec) => SandboxSpec): Generator<Output> {
	const {session, line} = context;
	const old = session.definition();
	const spec = change(old.spec);
	const changes = compareItems(old.spec, spec, quoteWord);
	if (changes.length === 0) {
		yield {kind: 'notice', level: 'info', code: 'unchanged', message: `${old.name} stays as it is`};
		return;
	}
	session.update(old.name, spec, line, {
		set: changes.filter(({to}) => to !== null).map(({path}) => path),
		unset: changes.filter(({to}) => to === null).map(({path}) => path),
	});
	for (const {path, from, to} of changes) {
		const message = to === null ? `${path}: unset (was ${from ?? ''})` : from === null ? `${path}: ${to}` : `${path}: ${from} → ${to}`;
		yield {kind: 'notice', level: 'info', code: 'changed', message};
	}
}

/** Reads an argument; a usage error names its parameter, and its place among the words of that. */
export function checkArgument(param: string, read: () => unknown, index?: number): void {
	try {
		read();
	} catch (error) {
		if (error instanceof ShellError && error.code === 'usage') {
			throw new WrongArgument(param, error.message, error.hint, index);
		}
		throw error;
	}
}

/** The same of each word of a parameter. */
export function checkEach(param: string, words: readonly string[], read: (word: string) => unknown): void {
	for (const [index, word] of words.entries()) checkArgument(param, () => read(word), index);
}

/** The items of one list of the current definition, as a table. `item`: the first word of their paths. */
export function* showItems({session}: CommandContext, item: string, column: string): Generator<Output> {
	const definition = session.definition();
	const rows = [...setItems(definition.spec, quoteWord)]
		.filter(([path]) => path.startsWith(`${item} `))
		.map(([path, text]) => ({[column]: path.slice(item.length + 1), value: text, origin: definition.origins[path] ?? 'definition'}));
	yield {kind: 'table', columns: [{name: column}, {name: 'value'}, {name: 'origin'}], rows};
}

interface ItemChange<T> {
	/** Tells an item from the others. */
	identity(item: T): string;
	/** What an item is, before its identity. */
	readonly what: string;
	/** The identities of those that go. */
	readonly remove?: readonly string[];
	readonly add?: readonly T[];
}

/** A list without some items, and with others. */
export function changeItems<T>(items: readonly T[], {identity, what, remove = [], add = []}: ItemChange<T>): readonly T[] {
	const kept = remove.reduce((list, name) => withoutItem(list, name, identity, what), items);
	return add.reduce((list, item) => withItem(list, item, identity), kept);
}

/** A list with one item more, in place of the one with the same identity. */
function withItem<T>(items: readonly T[], item: T, identity: (item: T) => string): readonly T[] {
	const index = items.findIndex((each) => identity(each) === identity(item));
	return index === -1 ? [...items, item] : items.with(index, item);
}

/** A list without an item; throws not-found with the nearest. */
function withoutItem<T>(items: readonly T[], name: string, identity: (item: T) => string, what: string): readonly T[] {
	if (!items.some((item) => identity(item) === name)) {
		const names = items.map(identity);
		throw new ShellError('not-found', `There is no ${what} '${name}'`, {
			hint: didYouMean(name, names) ?? (names.length === 0 ? 'The definition has none.' : `There are: ${names.join(', ')}.`),
		});
	}
	return items.filter((item) => identity(item) !== name);
}
