import type {Command} from '../../commands/command.ts';
import type {Candidate, CompletionContext} from '../../commands/completion.ts';
import {quoteOpen, quoteWord} from '../../commands/quote-word.ts';
import {commonPrefix} from './candidate-menu.ts';
import {completeLine} from './complete.ts';

interface ReadlineCompletion {
	/** What readline is to put in the place of what. */
	readonly insert: [texts: string[], typed: string];
	/** Several that share no more than was typed, to be shown. */
	readonly shown: readonly Candidate[];
}

/** Completes the end of a line. `pending`: the lines before it that belong to the same command. */
export async function completeForReadline(
	line: string,
	pending: string,
	{commands, completion}: {readonly commands: readonly Command[]; readonly completion: CompletionContext},
): Promise<ReadlineCompletion> {
	const {candidates, start, quote} = await completeLine(pending === '' ? line : `${pending}\n${line}`, commands, completion);
	const typed = line.slice(pending === '' ? start : start - pending.length - 1);
	const insertion = ({text, partial}: Candidate) =>
		`${quote === undefined ? quoteWord(text) : quoteOpen(text, quote)}${partial === true ? '' : `${quote ?? ''} `}`;
	const [only, ...others] = candidates;
	if (only === undefined || others.length === 0) {
		return {insert: [only === undefined ? [] : [insertion(only)], typed], shown: []};
	}
	const common = commonPrefix(candidates.map(({text}) => text));
	const quoted = quote === undefined ? quoteWord(common) : quoteOpen(common, quote);
	const goesOn = common !== '' && quoted.length > typed.length && quoted.startsWith(typed);
	return goesOn ? {insert: [[quoted], typed], shown: []} : {insert: [[], typed], shown: candidates};
}
