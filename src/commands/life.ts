import {defineCommand, option, optional} from './command.ts';
import {seconds} from './kinds.ts';
import {runningName} from './names.ts';
import {assertWritable, callingFor, runningNameOf} from './running.ts';

/** How long a command that was asked to end may take, in milliseconds. */
const usualGraceMs = 2000;

export const stop = defineCommand({
	name: 'stop',
	aliases: ['shutdown'],
	group: 'life',
	summary: 'Ask a sandbox to end, and end it',
	description: 'Sends HUP (with a terminal) and TERM to the command, and destroys the sandbox 2 s later. Never asks.',
	params: {
		name: optional(runningName, 'the sandbox; left out: the current one'),
		time: option(seconds, 'how long the command may take to end (default 2)'),
	},
	examples: [
		['stop web', 'asks web to end, and destroys it after 2 s'],
		['stop web --time 10', 'gives it 10 s'],
	],
	async *run({name, time}, context) {
		assertWritable(context);
		const target = runningNameOf(context, name);
		await context.sandboxes.stop(target, {...callingFor(context, target), graceMs: time ?? usualGraceMs});
		yield {kind: 'notice', level: 'info', code: 'stopped', message: `Sandbox '${target}' has ended`};
	},
});

export const destroy = defineCommand({
	name: 'destroy',
	group: 'life',
	summary: 'End a sandbox at once',
	description: 'The command gets no chance to end by itself. The definition stays.',
	params: {name: optional(runningName, 'the sandbox; left out: the current one')},
	examples: [['destroy web', 'ends web']],
	async *run({name}, context) {
		assertWritable(context);
		const target = runningNameOf(context, name);
		await context.sandboxes.destroy(target, callingFor(context, target));
		yield {kind: 'notice', level: 'info', code: 'destroyed', message: `Sandbox '${target}' destroyed`};
	},
});

export const suspend = defineCommand({
	name: 'suspend',
	group: 'life',
	summary: 'Stop the clock of a sandbox',
	description: 'Nothing in it runs until it is resumed; it keeps its memory.',
	params: {name: optional(runningName, 'the sandbox; left out: the current one')},
	examples: [['suspend web', 'web stands still']],
	async *run({name}, context) {
		assertWritable(context);
		const target = runningNameOf(context, name);
		await context.sandboxes.suspend(target, callingFor(context, target));
		yield {kind: 'notice', level: 'info', code: 'suspended', message: `Sandbox '${target}' suspended`};
	},
});

export const resume = defineCommand({
	name: 'resume',
	group: 'life',
	summary: 'Let a suspended sandbox run on',
	params: {name: optional(runningName, 'the sandbox; left out: the current one')},
	examples: [['resume web', 'web runs on']],
	async *run({name}, context) {
		assertWritable(context);
		const target = runningNameOf(context, name);
		await context.sandboxes.resume(target, callingFor(context, target));
		yield {kind: 'notice', level: 'info', code: 'resumed', message: `Sandbox '${target}' runs on`};
	},
});
