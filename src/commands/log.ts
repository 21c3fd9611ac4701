import {usageError} from '../core/errors.ts';
import {parseDuration} from '../core/units.ts';
import {defineCommand, flag, option, optional, type Kind} from './command.ts';
import {finderOf} from './finder.ts';
import {text} from './kinds.ts';
import {runningName} from './names.ts';
import {callingFor, runningNameOf} from './running.ts';

const expression: Kind<RegExp> = {
	placeholder: 'RE',
	parse(word) {
		try {
			return new RegExp(word, 'u');
		} catch (error) {
			throw usageError(
				`'${word}' is not a regular expression: ${error instanceof Error ? error.message.replace(/^.*: /, '') : String(error)}`,
				'Quote signs such as ( and [ with a backslash.',
			);
		}
	},
};

/** A time, or how long ago; gives milliseconds since 1970, or (negative) before now. */
const time: Kind<number> = {
	placeholder: 'TIME',
	parse(word) {
		if (/^[0-9]{4}-[0-9]{2}-[0-9]{2}/.test(word)) {
			const date = Date.parse(word);
			if (Number.isNaN(date)) {
				throw usageError(`'${word}' is no time`, 'Write 2026-11-25T21:30:00, or how long ago, as 10m.');
			}
			return date;
		}
		return -parseDuration(word);
	},
};

export const log = defineCommand({
	name: 'log',
	group: 'consoles',
	summary: 'Print what the consoles of a sandbox said',
	description:
		'What was captured since its start: stdout, stderr, the terminal and the boot log, also of a start that failed. With one console it prints the text, else each line with its console. A terminal gets control characters as visible escapes; a file or a pipe gets the text as it is.',
	params: {
		name: optional(runningName, 'the sandbox; left out: the current one'),
		console: optional(text('CONSOLE'), 'stdout, stderr, tty, boot or shell; left out: all'),
		follow: flag('go on as more comes, until the sandbox ends', {short: 'f'}),
		grep: option(expression, 'only lines that match; of a line above 4,096 characters, a part'),
		since: option(time, 'only from this time on, or from so long ago, as 10m'),
		time: flag('the time before each line'),
	},
	examples: [
		['log web', 'prints all that web said'],
		['log web stdout --grep error --since 10m', 'lines of its output with error, of the last 10 minutes'],
		['log web --follow', 'goes on as more comes'],
	],
	async *run({name, console: which, follow, grep, since, time: withTime}, context) {
		const target = runningNameOf(context, name);
		const sinceMs = since === undefined ? undefined : since < 0 ? Date.now() + since : since;
		const isWanted = grep && finderOf(grep);
		for await (const line of context.sandboxes.log(target, {...callingFor(context, target), console: which, follow, sinceMs})) {
			if (isWanted === undefined || (await isWanted(line.text, context.signal))) {
				const stamp = withTime ? `${new Date(line.timeMs).toISOString()} ` : '';
				const label = which === undefined ? `${line.console}: ` : '';
				yield context.output === 'json'
					? {kind: 'record', type: 'line', fields: {time: new Date(line.timeMs).toISOString(), console: line.console, text: line.text}}
					: {kind: 'document', format: 'text', text: `${stamp}${label}${line.text}`};
			}
		}
	},
});
