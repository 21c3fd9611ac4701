import {ShellError} from '../core/errors.ts';
import {tableOf} from '../core/output.ts';
import {defineCommand, optional, option, required, WrongArgument} from './command.ts';
import {putNew} from './definitions.ts';
import {choice} from './kinds.ts';
import {newName, profileName} from './names.ts';
import {listProfiles, loadProfile, readStoredProfile, saveProfile} from './profile-store.ts';

const actions = {
	save: 'write the current definition as a profile',
	load: 'make a definition from a profile',
	list: 'list the profiles',
	show: "print a profile's file",
	delete: 'delete a profile of your own',
} as const;

export const profile = defineCommand({
	name: 'profile',
	group: 'profile',
	summary: 'Save, load, list, show or delete profiles',
	description:
		"A profile is a definition in a file, JSON with comments. Your own hide those of /etc/virt-sandbox/profiles, and both hide the shipped ones (shell, build, net-client, untrusted, offline). 'save' without a name takes the definition's and keeps the comments of the file; 'load' makes a definition of the profile's name, or of --as.",
	params: {
		action: required(choice(actions), 'what to do'),
		name: optional(profileName, 'the profile'),
		as: option(newName, 'load: name of the definition'),
	},
	examples: [
		['profile list', 'lists the profiles'],
		['profile show untrusted', 'prints one'],
		['profile load untrusted --as job', 'makes the definition job from it'],
		['new web; set memory 1G; profile save web; profile delete web', 'writes a profile and deletes it'],
	],
	check({action, name, as}) {
		if ((action === 'load' || action === 'show' || action === 'delete') && name === undefined) {
			throw new WrongArgument('name', `'profile ${action}' needs the name of a profile`, "'profile list' lists them.");
		}
		if (action === 'list' && name !== undefined) {
			throw new WrongArgument('name', "'profile list' takes no name", `Use 'profile show ${name}'.`);
		}
		if (as !== undefined && action !== 'load') {
			throw new WrongArgument('as', `'profile ${action}' takes no --as`);
		}
	},
	async *run({action, name = '', as}, context) {
		const {session, host} = context;
		switch (action) {
			case 'save': {
				const definition = session.definition();
				const path = await saveProfile(name === '' ? definition.name : name, definition.spec, host);
				session.settle(definition.name, definition.spec);
				yield {kind: 'notice', level: 'info', code: 'saved', message: `Profile '${name === '' ? definition.name : name}' saved in ${path}`};
				return;
			}
			case 'load': {
				const {spec: loaded} = await loadProfile(name, host);
				const target = as ?? name;
				session.requireFree(target, 'Give another name with --as.');
				putNew(context, target, {...loaded, name: target});
				yield {kind: 'notice', level: 'info', code: 'defined', message: `Sandbox '${target}' defined from profile '${name}'`};
				return;
			}
			case 'list':
				yield tableOf(['name', 'origin', 'path'], await listProfiles(host));
				return;
			case 'show':
				yield {kind: 'document', format: 'json', text: (await readStoredProfile(name, host)).text};
				return;
			case 'delete': {
				const {path, origin} = await readStoredProfile(name, host);
				if (path === undefined || origin !== 'user') {
					throw new ShellError('refused', `The profile '${name}' is not your own`, {hint: 'Only profiles that you saved can be deleted here.'});
				}
				if (await host.confirm(`Delete the profile '${name}' (${path})?`)) {
					await host.deleteFile(path);
					yield {kind: 'notice', level: 'info', code: 'deleted', message: `Profile '${name}' deleted`};
				}
				return;
			}
			default:
				action satisfies never;
		}
	},
});
