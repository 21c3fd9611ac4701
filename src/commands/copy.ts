import {ShellError} from '../core/errors.ts';
import {defineCommand, required} from './command.ts';
import {definitionName, newName} from './names.ts';

export const copy = defineCommand({
	name: 'copy',
	group: 'definition',
	summary: 'Make a second definition like one that is there',
	description: 'The copy is the current definition afterwards.',
	params: {name: required(definitionName, 'the definition'), to: required({...newName, placeholder: 'NEW-NAME'}, 'name of the copy')},
	examples: [['new web; set memory 1G; copy web web2', 'makes web2 with the same values']],
	async *run({name, to}, {session, line}) {
		const old = session.definition(name);
		if (session.has(to)) {
			throw new ShellError('refused', `A definition named '${to}' already exists`, {hint: `Remove it with 'delete ${to}', or choose another name.`});
		}
		const spec = {...old.spec, name: to};
		session.put({name: to, spec, baseline: spec, origins: {...old.origins, name: line}}, line, {current: true});
		yield {kind: 'notice', level: 'info', code: 'defined', message: `Sandbox '${to}' defined like '${name}'`};
	},
});
