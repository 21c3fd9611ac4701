import {homeDirectory} from '../core/base-directories.ts';
import {ShellError} from '../core/errors.ts';
import {systemReason} from '../core/system-reason.ts';
import {defineCommand, optional} from './command.ts';
import {path} from './kinds.ts';

export const cd = defineCommand({
	name: 'cd',
	group: 'shell',
	summary: 'Change the directory that relative paths start at',
	params: {directory: optional(path('DIRECTORY'), 'where to go; left out: the home directory')},
	examples: [
		['cd /tmp', 'goes to /tmp'],
		['cd', 'goes home'],
	],
	async *run({directory}, context) {
		const target = directory ?? homeDirectory(context.host.environment);
		try {
			context.host.changeDirectory(target);
		} catch (error) {
			throw new ShellError('not-found', `Cannot change to '${target}': ${systemReason(error)}`, {cause: error});
		}
	},
});

export const pwd = defineCommand({
	name: 'pwd',
	group: 'shell',
	summary: 'Print the directory that relative paths start at',
	params: {},
	examples: [['pwd', 'prints the directory']],
	async *run(_args, context) {
		yield {kind: 'document', format: 'text', text: context.host.directory()};
	},
});
