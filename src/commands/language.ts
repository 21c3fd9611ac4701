import {ShellError} from '../core/errors.ts';
import {hasControlCharacters, safeText} from '../core/text.ts';
import {defineCommand, optional, required, rest} from './command.ts';
import {path, text} from './kinds.ts';

export const help = defineCommand({
	name: 'help',
	group: 'shell',
	summary: 'Show help on everything, a group or a command',
	params: {
		topic: optional(
			text('COMMAND|GROUP', (_prefix, context) => [
				...context.commands.filter((command) => command.hidden !== true).map(({name, summary}) => ({text: name, description: summary})),
				...[...new Set(context.commands.map(({group}) => group))].map((group) => ({text: group, description: 'a group of commands'})),
			]),
			'what to explain',
		),
	},
	examples: [
		['help', 'lists all commands by group'],
		['help mount', 'explains mount'],
		['help life', 'lists the commands for running sandboxes'],
	],
	async *run({topic}, context) {
		yield {kind: 'document', format: 'text', text: await context.language.help(topic)};
	},
});

export const source = defineCommand({
	name: 'source',
	group: 'shell',
	summary: 'Run the commands of a file in this session',
	description: 'The file is read as a whole before any of it runs.',
	params: {file: required(path(), 'the script')},
	examples: [['source setup.vs', 'runs the commands of setup.vs']],
	async *run({file}, context) {
		yield* context.language.source(file);
	},
});

export const selfTest = defineCommand({
	name: 'self-test',
	group: 'shell',
	summary: 'Check the table of commands',
	hidden: true,
	params: {},
	examples: [['self-test', 'says that the table is sound']],
	async *run(_args, context) {
		const faults = context.language.selfTest();
		if (faults.length > 0) {
			throw new ShellError('failed', `The table of commands has ${faults.length} faults: ${faults.join('; ')}`);
		}
		yield {kind: 'document', format: 'text', text: `${context.language.commands.length} commands: the table is sound`};
	},
});

export const complete = defineCommand({
	name: 'complete',
	group: 'shell',
	summary: 'Print the candidates for the last word',
	description: 'What the completions of bash, zsh and fish call: one candidate on a line, a tab, and its description.',
	hidden: true,
	params: {words: rest(text('WORD'), 'the words of a command so far', {raw: true})},
	examples: [['complete -- ec', 'prints echo and what it does']],
	async *run({words}, context) {
		const candidates = await context.language.complete(words.length === 0 ? [''] : words);
		// A line is a candidate: one that holds a newline cannot be offered.
		const found = candidates.filter(({text}) => !hasControlCharacters(text));
		if (found.length > 0) {
			yield {kind: 'document', format: 'text', text: found.map(({text, description}) => `${text}\t${safeText(description)}`).join('\n')};
		}
	},
});
