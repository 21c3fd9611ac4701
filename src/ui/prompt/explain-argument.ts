import {optionName, type Command} from '../../commands/command.ts';
import {findOption, nextPositional, synopsis, type Named} from '../../shell/language/parse-arguments.ts';
import {findCommand} from '../../shell/language/parse-script.ts';
import {readWords} from '../../shell/language/read-words.ts';
import {tokenise} from '../../shell/language/tokenise.ts';

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
	const {given, pending, onlyWords} = readWords(params, words);
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
