import {groups, optionName, type Command, type Group} from '../commands/command.ts';
import {didYouMean} from '../core/nearest-word.ts';
import {ShellError} from '../core/errors.ts';
import {synopsis} from './language/parse-arguments.ts';
import {findCommand} from './language/parse-script.ts';
import {tokenise} from './language/tokenise.ts';
import {wrapWords} from './render/wrap-words.ts';

const groupNames = Object.keys(groups) as Group[];

const screenNote = "Needs the screen: 'virt-sandbox-shell' on a terminal, without --plain.";

/** Help on everything, on a group or on a command; throws not-found. `onScreen`: those that only a screen has, where there is none. */
export function helpOn(topic: string | undefined, own: readonly Command[], onScreen: readonly Command[] = []): string {
	const commands = [...own, ...onScreen.map(markForScreen)];
	if (topic === undefined) {
		return [...groupNames.map((group) => helpOnGroup(group, commands)), "'help COMMAND' explains one of them, with examples."].join('\n\n');
	}
	const command = findCommand(topic, commands);
	if (command !== undefined) {
		return helpOnCommand(command);
	}
	const group = groupNames.find((name) => name === topic);
	if (group !== undefined) {
		return helpOnGroup(group, commands);
	}
	const known = [...commands.flatMap(({name, aliases}) => [name, ...(aliases ?? [])]), ...groupNames];
	throw new ShellError('not-found', `No command or group is named '${topic}'`, {hint: didYouMean(topic, known) ?? "'help' lists all."});
}

function markForScreen(command: Command): Command {
	return {
		...command,
		summary: `${command.summary} (needs the screen)`,
		description: command.description === undefined ? screenNote : `${command.description}\n${screenNote}`,
	};
}

function helpOnGroup(group: Group, commands: readonly Command[]): string {
	const rows = commands
		.filter((command) => command.group === group && command.hidden !== true)
		.map((command) => `  ${command.name.padEnd(13)} ${command.summary}${aliasNote(command)}`);
	return [`${groups[group]} (help ${group}):`, ...rows].join('\n');
}

function aliasNote(command: Command): string {
	return command.aliases === undefined || command.aliases.length === 0 ? '' : ` (also ${command.aliases.join(', ')})`;
}

/** NAME, SYNOPSIS, DESCRIPTION, OPTIONS, EXAMPLES, as virsh has them. */
function helpOnCommand(command: Command): string {
	const parts = [
		['NAME', [`${command.name} - ${command.summary}`]],
		['SYNOPSIS', [synopsis(command)]],
		['ALIASES', command.aliases === undefined ? [] : [command.aliases.join(', ')]],
		['DESCRIPTION', command.description === undefined ? [] : wrapWords(command.description, 72)],
		['OPTIONS', optionLines(command)],
		['EXAMPLES', (command.examples ?? []).flatMap(([line, explanation]) => [...breakLine(line), `    ${explanation}`])],
	] as const;
	return parts
		.filter(([, lines]) => lines.length > 0)
		.map(([title, lines]) => [title, ...lines.map((line) => `  ${line}`)].join('\n'))
		.join('\n\n');
}

/** An example as lines that fit beside the indent, to be copied as they are: a backslash at the end of one joins the next. */
export function breakLine(line: string, width = 76): string[] {
	const lines: string[] = [];
	let from = 0;
	let last = 0;
	for (const {end} of tokenise(line).statements.flatMap(({words}) => words)) {
		const indent = lines.length === 0 ? 0 : continuationIndent.length;
		// Room for the blank and the backslash.
		if (last > from && indent + end - from > width - 2) {
			lines.push(line.slice(from, last).trimEnd());
			from = last;
		}
		last = end + (/^[;\s]*/.exec(line.slice(end))?.[0].length ?? 0);
	}
	lines.push(line.slice(from));
	return lines.map((each, index) => `${index === 0 ? '' : continuationIndent}${each}${index === lines.length - 1 ? '' : ' \\'}`);
}

const continuationIndent = '    ';

function optionLines(command: Command): string[] {
	return Object.entries(command.params).flatMap(([key, param]) => {
		const placeholder = param.kind?.placeholder ?? '';
		const long = `--${optionName(key)}${placeholder === '' ? '' : ` ${placeholder}`}`;
		const label =
			param.role === 'option' || param.role === 'repeated' || param.role === 'flag'
				? param.short === undefined
					? long
					: `-${param.short}, ${long}`
				: placeholder;
		return label.length < 24 ? [`${label.padEnd(25)}${param.help}`] : [label, `${' '.repeat(25)}${param.help}`];
	});
}
