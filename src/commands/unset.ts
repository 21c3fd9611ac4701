import {defineCommand, rest, WrongArgument} from './command.ts';
import {editDefinition} from './edit-definition.ts';
import {key} from './key-kinds.ts';

export const unset = defineCommand({
	name: 'unset',
	group: 'definition',
	summary: 'Set values of the current definition back to their default',
	params: {keys: rest(key, 'what to unset', {least: 1})},
	examples: [
		['new web; set memory 1G; unset memory', 'the memory is 512 MiB again'],
		['new web; mount ram:/scratch=64M; unset mounts', 'takes all mounts away'],
	],
	check({keys}) {
		const index = keys.findIndex(({name}) => name === 'name');
		if (index !== -1) {
			throw new WrongArgument('keys', 'A definition always has a name', "Give it another with 'rename'.", index);
		}
	},
	async *run({keys}, context) {
		yield* editDefinition(context, (spec) => keys.reduce((changed, each) => each.unset(changed), spec));
	},
});
