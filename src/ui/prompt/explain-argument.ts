import {optionName, type Command, type Param} from '../../commands/command.ts';
import {findOption, nextPositional, startsRawWords, synopsis} from '../../shell/parse-arguments.ts';
import {findCommand} from '../../shell/parse-script.ts';
import {tokenise} from '../../shell/tokenise.ts';

type Named = readonly [key: string, param: Param<unknown>];

/** One line about the word at the end of a text: what it is, or how its command is written. Undefined: nothing can be said. */
export function explainArgument(text: string, commands: readonly Command[]): string | undefined {
	const {statements, end} = tokenise(text);
	const last = statements.at(-1);
	if (last === undefined || end === 'comment' || /[;\n]\s*$/.test(text.slice(last.end)) || last.background) {
		return undefined;
	}
	const [first, ...words] = last.words;
	const command = first === undefined ? undefined : findCommand(first.text, commands);
	if (command === undefined) {
		return undefined;
	}
	const inFirst = words.length === 0 && end !== 'blank';
	if (inFirst) {
		return `${synopsis(command)}: ${command.summary}`;
	}
	const done = end === 'blank' ? words : words.slice(0, -1);
	const current = end === 'blank' ? '' : (words.at(-1)?.text ?? '');
	const named = parameterAt(
		Object.entries(command.params),
		done.map((word) => word.text),
		current,
	);
	return named === undefined ? synopsis(command) : describe(command, named);
}

function parameterAt(params: readonly Named[], words: readonly string[], current: string): Named | undefined {
	const given = new Map<string, string>();
	let pending: Named | undefined;
	let onlyWords = false;
	for (const word of words) {
		if (pending !== undefined) {
			given.set(pending[0], word);
			pending = undefined;
		} else if (!onlyWords && word === '--') {
			onlyWords = true;
		} else if (!onlyWords && /^-(-|[A-Za-z]$)/.test(word)) {
			const option = findOption(word.split('=')[0] ?? word, params);
			if (option !== undefined && option[1].role !== 'flag' && !word.includes('=')) {
				pending = option;
			}
		} else {
			const next = nextPositional(params, given, onlyWords);
			if (next !== undefined) {
				given.set(next[0], word);
				onlyWords ||= startsRawWords(params, given, next[1]);
			}
		}
	}
	if (pending !== undefined) {
		return pending;
	}
	if (!onlyWords && current.startsWith('-')) {
		return findOption(current.split('=')[0] ?? current, params);
	}
	return nextPositional(params, given, onlyWords);
}

function describe(command: Command, [key, param]: Named): string {
	const placeholder = param.kind?.placeholder ?? '';
	switch (param.role) {
		case 'required':
		case 'optional':
		case 'rest':
			return `${command.name} ${placeholder}: ${param.help}`;
		case 'option':
		case 'repeated':
		case 'flag':
			return `--${optionName(key)}${placeholder === '' ? '' : ` ${placeholder}`}: ${param.help}`;
	}
}
