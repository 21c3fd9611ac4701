import {ShellError} from '../core/errors.ts';
import {backendHelp} from '../spec/backends.ts';
import {defaultSpec} from '../spec/default-spec.ts';
import {setItems} from '../spec/items.ts';
import {defineCommand, option, required, rest} from './command.ts';
import {choice, text} from './kinds.ts';
import {definedName, profileName} from './names.ts';
import {quoteWord} from './quote-word.ts';

export const newDefinition = defineCommand({
	name: 'new',
	aliases: ['define'],
	group: 'definition',
	summary: 'Make a definition and make it the current one',
	description: 'Makes the definition of a sandbox in this session. Nothing is started, and libvirt hears nothing of it.',
	params: {
		name: required(definedName, 'name of the sandbox'),
		backend: option(choice(backendHelp), 'what the sandbox is'),
		from: option(profileName, 'profile to start from'),
		command: rest(text('COMMAND'), 'what it runs, after --', {raw: 'dashes'}),
	},
	examples: [
		['new web', 'makes web with the defaults'],
		['new build --backend container --from build', 'makes build from the profile of that name'],
		['new one -- /bin/echo hello', 'makes one with its command'],
	],
	async *run({name, backend, from, command}, context) {
		if (context.session.has(name)) {
			throw new ShellError('refused', `A definition named '${name}' already exists`, {
				hint: `Choose it with 'use ${name}', or remove it with 'delete ${name}'.`,
			});
		}
		const base = from === undefined ? defaultSpec : (await (await import('./profile-store.ts')).loadProfile(from, context.host)).spec;
		const spec = {...base, name, backend: backend ?? base.backend, command: command.length === 0 ? base.command : command};
		const origins = Object.fromEntries([...setItems(spec, quoteWord).keys()].map((path) => [path, context.line]));
		context.session.put({name, spec, baseline: spec, origins}, context.line, {current: true});
		yield {kind: 'notice', level: 'info', code: 'defined', message: `Sandbox '${name}' defined`};
	},
});
