import {defineCommand, required} from './command.ts';
import {definitionName} from './names.ts';

export const deleteDefinition = defineCommand({
	name: 'delete',
	aliases: ['undefine'],
	group: 'definition',
	summary: 'Take a definition away',
	description: 'A sandbox that runs from it runs on. undo brings the definition back.',
	params: {name: required(definitionName, 'the definition')},
	examples: [['new web; delete web', 'web is gone']],
	async *run({name}, {session, line}) {
		session.definition(name);
		session.delete(name, line);
		yield {kind: 'notice', level: 'info', code: 'deleted', message: `Definition '${name}' deleted`};
	},
});
