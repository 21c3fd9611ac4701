import type {Cell} from '../core/output.ts';
import {itemsOf} from '../spec/items.ts';
import type {Key} from '../spec/key.ts';
import {defineCommand, option, optional} from './command.ts';
import {key} from './key-kinds.ts';
import {definitionName} from './names.ts';
import {quoteWord} from './quote-word.ts';
import type {Definition} from './session.ts';

export const show = defineCommand({
	name: 'show',
	group: 'definition',
	summary: 'Show the values of a definition and where they come from',
	params: {
		name: optional(definitionName, 'the definition; left out: the current one'),
		key: option(key, 'show this key only'),
	},
	examples: [
		['new web; set memory 256M; show', 'shows every key with its value or default'],
		['new web; show --key memory', 'shows one'],
	],
	async *run({name, key}, {session}) {
		const definition = session.definition(name);
		const {keys} = await import('../spec/keys.ts');
		const rows = (key === undefined ? keys : [key]).flatMap((each) => rowsOf(each, definition));
		yield {kind: 'table', columns: [{name: 'key'}, {name: 'value'}, {name: 'default'}, {name: 'origin'}], rows};
	},
});

function rowsOf(key: Key, {spec, origins}: Definition): Array<Readonly<Record<string, Cell>>> {
	const items = itemsOf(key, spec, quoteWord);
	return items.length === 0
		? [{key: key.name, value: null, default: key.fallback, origin: 'default'}]
		: items.map(([path, value]) => ({key: path, value, default: key.fallback, origin: origins[path] ?? 'definition'}));
}
