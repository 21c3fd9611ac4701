import {parseEnvironment} from '../spec/parse/parse-environment.ts';
import type {EnvironmentValue} from '../spec/types.ts';
import {defineCommand, repeated, rest} from './command.ts';
import {changeItems, checkEach, editDefinition, showItems} from './edit-definition.ts';
import {text} from './kinds.ts';

export const env = defineCommand({
	name: 'env',
	group: 'parts',
	summary: 'Set environment variables of the command, or list them',
	params: {
		variables: rest(text('NAME[=VALUE]'), "what to set, NAME alone to the caller's value; left out: lists them"),
		remove: repeated(
			text('NAME', (_prefix, {spec}) =>
				Object.entries(spec?.environment ?? {}).map(([name, value]) => ({text: name, description: value ?? "the caller's"})),
			),
			'take this variable away',
		),
	},
	examples: [
		['new web; env LANG=C DEBUG=1', 'sets two variables'],
		['new web; env TOKEN', 'passes on the value that TOKEN has at each start, and keeps it nowhere'],
		["new web; env 'GREETING=good morning'; env --remove GREETING", 'takes it away again'],
		['new web; env', 'lists them'],
	],
	check({variables}) {
		checkEach('variables', variables, parseEnvironment);
	},
	async *run({variables, remove}, context) {
		if (variables.length + remove.length === 0) {
			yield* showItems(context, 'env', 'name');
			return;
		}
		yield* editDefinition(context, (spec) => {
			const entries: ReadonlyArray<readonly [name: string, value: EnvironmentValue]> = Object.entries(spec.environment);
			const add = variables.map(parseEnvironment);
			return {...spec, environment: Object.fromEntries(changeItems(entries, {identity: ([name]) => name, what: 'variable', remove, add}))};
		});
	},
});
