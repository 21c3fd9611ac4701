import type {Output} from '../core/output.ts';
import {backendHelp} from '../spec/backends.ts';
import {defaultSpec} from '../spec/default-spec.ts';
import {setItems} from '../spec/items.ts';
import type {SandboxSpec} from '../spec/types.ts';
import {defineCommand, option, required, rest} from './command.ts';
import type {CommandContext} from './context.ts';
import {choice, text} from './kinds.ts';
import {definedName, definitionName, newName, profileName} from './names.ts';
import {quoteWord} from './quote-word.ts';

/** Makes a definition whose values all come from this line, and makes it the current one. */
export function putNew({session, line}: CommandContext, name: string, spec: SandboxSpec): void {
	const origins = Object.fromEntries([...setItems(spec, quoteWord).keys()].map((path) => [path, line]));
	session.put({name, spec, baseline: spec, origins}, line, {current: true});
}

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
		context.session.requireFree(name, `Choose it with 'use ${name}', or remove it with 'delete ${name}'.`);
		const base = from === undefined ? defaultSpec : (await (await import('./profile-store.ts')).loadProfile(from, context.host)).spec;
		const spec = {...base, name, backend: backend ?? base.backend, command: command.length === 0 ? base.command : command};
		putNew(context, name, spec);
		yield {kind: 'notice', level: 'info', code: 'defined', message: `Sandbox '${name}' defined`};
	},
});

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

/** Gives a definition (undefined: the current one) another name; refuses one that is taken. */
export function* renameDefinition({session, line}: CommandContext, from: string | undefined, to: string): Generator<Output> {
	const old = session.definition(from);
	if (old.name === to) {
		yield {kind: 'notice', level: 'info', code: 'unchanged', message: `'${to}' is its name already`};
		return;
	}
	session.requireFree(to);
	session.rename(old.name, {...old, name: to, spec: {...old.spec, name: to}, origins: {...old.origins, name: line}}, line);
	yield {kind: 'notice', level: 'info', code: 'renamed', message: `Sandbox '${old.name}' is now '${to}'`};
}

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

export const copy = defineCommand({
	name: 'copy',
	group: 'definition',
	summary: 'Make a second definition like one that is there',
	description: 'The copy is the current definition afterwards.',
	params: {name: required(definitionName, 'the definition'), to: required({...newName, placeholder: 'NEW-NAME'}, 'name of the copy')},
	examples: [['new web; set memory 1G; copy web web2', 'makes web2 with the same values']],
	async *run({name, to}, {session, line}) {
		const old = session.definition(name);
		session.requireFree(to);
		const spec = {...old.spec, name: to};
		session.put({name: to, spec, baseline: spec, origins: {...old.origins, name: line}}, line, {current: true});
		yield {kind: 'notice', level: 'info', code: 'defined', message: `Sandbox '${to}' defined like '${name}'`};
	},
});

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
