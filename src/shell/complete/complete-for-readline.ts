import type {Command} from '../../commands/command.ts';
import type {Candidate, CompletionContext} from '../../commands/completion.ts';
import {insertionOf, sharedStart} from './candidate-menu.ts';
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
	const offered = await completeLine(pending === '' ? line : `${pending}\n${line}`, commands, completion);
	const {candidates, start, quote} = offered;
	const typed = line.slice(pending === '' ? start : start - pending.length - 1);
	const [only, ...others] = candidates;
	if (only === undefined || others.length === 0) {
		return {insert: [only === undefined ? [] : [insertionOf(only, quote)], typed], shown: []};
	}
	const shared = sharedStart(offered, typed);
	return shared === undefined ? {insert: [[], typed], shown: candidates} : {insert: [[shared], typed], shown: []};
}
