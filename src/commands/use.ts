import {defineCommand, required} from './command.ts';
import {definitionName} from './names.ts';

export const use = defineCommand({
	name: 'use',
	group: 'definition',
	summary: 'Choose the current definition',
	description: 'What follows changes, shows or starts the current definition where no name is written.',
	params: {name: required(definitionName, 'the definition')},
	examples: [['new a; new b; use a', 'makes two, and a current again']],
	async *run({name}, context) {
		context.session.use(name);
	},
});
