import {hasControlCharacters, safeText} from '../core/text.ts';
import {defineCommand, rest} from './command.ts';
import {text} from './kinds.ts';

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
