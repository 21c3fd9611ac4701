import {attachConsole} from './attach-console.ts';
import {defineCommand, optional} from './command.ts';
import {text} from './kinds.ts';
import {runningName} from './names.ts';
import {assertWritable, runningNameOf} from './running.ts';

export const console = defineCommand({
	name: 'console',
	group: 'consoles',
	summary: 'Attach this terminal to a console of a sandbox',
	description: 'The escape key (^] unless -e chose another) comes back; typed twice it goes to the sandbox once.',
	params: {
		name: optional(runningName, 'the sandbox; left out: the current one'),
		console: optional(text('CONSOLE'), "which one; left out: the command's terminal"),
	},
	examples: [
		['console web', "attaches to the terminal of web's command"],
		['console web shell', 'attaches to its root shell'],
	],
	async *run({name, console: which}, context) {
		assertWritable(context);
		yield* attachConsole(context, runningNameOf(context, name), which);
	},
});
