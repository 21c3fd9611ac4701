import {defineCommand, required} from './command.ts';
import {definitionName, newName} from './names.ts';
import {renameDefinition} from './rename-definition.ts';

export const rename = defineCommand({
	name: 'rename',
	aliases: ['domrename'],
	group: 'definition',
	summary: 'Give a definition another name',
	params: {name: required(definitionName, 'the definition'), to: required(newName, 'its new name')},
	examples: [['new web; rename web www', 'web is now www']],
	async *run({name, to}, context) {
		yield* renameDefinition(context, name, to);
	},
});
