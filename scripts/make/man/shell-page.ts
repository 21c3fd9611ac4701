import {groups, optionName, type Command, type Group} from '../../../src/commands/command.ts';
import {commands} from '../../../src/commands/table.ts';
import {synopsis} from '../../../src/shell/language/parse-arguments.ts';
import {shellFlags} from '../../../src/shell/language/shell-options.ts';
import {keys} from '../../../src/spec/keys.ts';
import type {ManPage, ManPart} from './roff.ts';

/** virt-sandbox-shell(1), from the tables of its options, commands and keys. */
export function shellPage(version: string): ManPage {
	return {
		name: 'virt-sandbox-shell',
		summary: 'define, start and look into sandboxes of libvirt',
		version,
		parts: [
			{kind: 'section', text: 'Synopsis'},
			{kind: 'paragraph', text: 'virt-sandbox-shell [OPTIONS]'},
			{kind: 'paragraph', text: "virt-sandbox-shell [OPTIONS] 'COMMAND; COMMAND…'"},
			{kind: 'paragraph', text: 'virt-sandbox-shell [OPTIONS] COMMAND [WORDS…]'},
			{kind: 'paragraph', text: 'virt-sandbox-shell [OPTIONS] -f FILE'},
			{kind: 'section', text: 'Description'},
			{
				kind: 'paragraph',
				text: 'A shell for sandboxes in the manner of virsh(1). Without a command it is a session on a terminal, and reads commands from standard input where that is none. One argument is a string of commands, several are the words of one command. A script is read as a whole before any of it runs, and stops at the first failure.',
			},
			{
				kind: 'paragraph',
				text: 'Words are separated by blanks, commands by ; or a newline. Quotes and the backslash work as in virsh; # at the start of a word begins a comment. Options stand before or after the words, as --name value or --name=value; after -- there are only words.',
			},
			{kind: 'section', text: 'Options'},
			...Object.entries(shellFlags).map(([name, {short, placeholder, help}]): ManPart => {
				const long = `--${name}${placeholder === undefined ? '' : ` ${placeholder}`}`;
				return {kind: 'item', term: short === undefined ? long : `-${short}, ${long}`, texts: [help]};
			}),
			{kind: 'section', text: 'Commands'},
			...(Object.keys(groups) as Group[]).flatMap((group): ManPart[] => [
				{kind: 'subsection', text: groups[group]},
				...commands.filter((command) => command.group === group && command.hidden !== true).flatMap(commandParts),
			]),
			{kind: 'section', text: 'Keys'},
			{kind: 'paragraph', text: 'What a definition holds, for set, unset and show.'},
			...keys.map((key): ManPart => ({kind: 'item', term: `${key.name} ${key.placeholder}`, texts: [`${key.help} (default: ${key.fallback})`]})),
			{kind: 'section', text: 'Exit status'},
			...statuses.map(([status, text]): ManPart => ({kind: 'item', term: status, texts: [text]})),
			{kind: 'section', text: 'Environment'},
			{kind: 'item', term: 'LIBVIRT_DEFAULT_URI', texts: ['the connection where none is named']},
			{kind: 'item', term: 'VIRT_SANDBOX_HISTSIZE', texts: ['lines of history that are kept (default 500)']},
			{kind: 'item', term: 'NO_COLOR', texts: ['no colours']},
			{kind: 'section', text: 'Files'},
			{kind: 'item', term: '$XDG_CONFIG_HOME/virt-sandbox/profiles, /etc/virt-sandbox/profiles', texts: ['profiles']},
			{kind: 'item', term: '$XDG_STATE_HOME/virt-sandbox', texts: ['history and kept sessions']},
			{kind: 'section', text: 'See also'},
			{kind: 'paragraph', text: 'virt-sandbox(1), virsh(1)'},
		],
	};
}

function commandParts(command: Command): ManPart[] {
	const {description, aliases, examples} = command;
	const parts: ManPart[] = [
		{
			kind: 'item',
			term: synopsis(command),
			texts: [
				`${command.summary}.${description === undefined ? '' : ` ${description}`}`,
				...Object.entries(command.params).map(([name, param]) => `${paramTerm(name, param)}: ${param.help}`),
				...(aliases === undefined || aliases.length === 0 ? [] : [`Also: ${aliases.join(', ')}.`]),
			],
		},
	];
	return examples === undefined ? parts : [...parts, {kind: 'lines', lines: examples.map(([line]) => line)}];
}

function paramTerm(name: string, {role, kind, short}: Command['params'][string]): string {
	const placeholder = kind?.placeholder ?? '';
	if (role !== 'option' && role !== 'repeated' && role !== 'flag') return placeholder;
	const long = `--${optionName(name)}${placeholder === '' ? '' : ` ${placeholder}`}`;
	return short === undefined ? long : `-${short}, ${long}`;
}

const statuses = [
	['0', 'all went well'],
	['1', 'something failed, was not found, or was refused'],
	['2', 'a line that cannot be read; nothing ran'],
	['3', 'the host or the connection is unavailable'],
	['130', 'interrupted'],
	['70', 'a fault of the program'],
	['of run and exec', "the command's; 128 + N when signal N ended it; 125 a fault of ours; 126 cannot be executed; 127 not found"],
] as const;
