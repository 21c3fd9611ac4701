import {usageError} from '../core/errors.ts';
import {didYouMean} from '../core/nearest-word.ts';
import type {Key} from './key.ts';
import {formatDisk, parseDisk} from './parse/parse-disk.ts';
import {formatEnvironment, parseEnvironment, parseEnvironmentFile} from './parse/parse-environment.ts';
import {formatInclude, parseInclude, readIncludeFile} from './parse/parse-include.ts';
import {formatMount, parseMount} from './parse/parse-mount.ts';
import {formatNetwork, parseNetwork} from './parse/parse-network.ts';
import {singleKeys} from './single-keys.ts';
import type {SandboxSpec} from './types.ts';

type ListField = 'mounts' | 'includes' | 'disks' | 'networks';

function someWords(name: string, placeholder: string, words: readonly string[]): readonly string[] {
	if (words.length === 0) {
		throw usageError(`The key '${name}' needs a value`, `Write set ${name} ${placeholder}, or unset ${name}.`);
	}
	return words;
}

function list<F extends ListField>(
	name: F,
	placeholder: string,
	help: string,
	parse: (text: string, directory: string) => SandboxSpec[F][number],
	format: (item: SandboxSpec[F][number]) => string,
	{identify, options}: Required<Pick<Key, 'identify' | 'options'>>,
): Key {
	return {
		name,
		aliases: [name.slice(0, -1)],
		options,
		form: 'list',
		identify,
		help,
		placeholder,
		values: {kind: 'words'},
		fallback: 'none',
		many: true,
		get(spec) {
			const items: ReadonlyArray<SandboxSpec[F][number]> = spec[name];
			return items.length === 0 ? undefined : items.map(format);
		},
		set: (spec, words, directory) => ({...spec, [name]: someWords(name, placeholder, words).map((word) => parse(word, directory))}),
		unset: (spec) => ({...spec, [name]: []}),
	};
}

const command: Key = {
	name: 'command',
	aliases: [],
	help: 'what the sandbox runs: the rest of the line, as words',
	placeholder: 'COMMAND [ARGS...]',
	options: [],
	form: 'list',
	values: {kind: 'words'},
	fallback: 'none',
	many: true,
	get: (spec) => (spec.command.length === 0 ? undefined : spec.command),
	set(spec, words) {
		if (words[0] === undefined || words[0] === '') {
			throw usageError('The command is empty', 'Write set command COMMAND [ARGS...].');
		}
		if (words.some((word) => word.includes('\0'))) {
			throw usageError('A word of the command holds a NUL', 'No command line can hold one.');
		}
		return {...spec, command: [...words]};
	},
	unset: (spec) => ({...spec, command: []}),
};

function readVariables(text: string, path: string): string[] {
	return parseEnvironmentFile(text, path).map(([name, value]) => formatEnvironment(name, value));
}

const environment: Key = {
	name: 'environment',
	aliases: ['env'],
	help: "environment variables that are added; NAME alone: the caller's",
	placeholder: 'NAME[=VALUE]',
	options: [
		{
			name: 'env-file',
			group: 'Command',
			value: 'FILE',
			help: 'read lines of --env from FILE',
			file: {what: 'environment file', line: 'NAME=VALUE', read: readVariables},
		},
		{name: 'env', group: 'Command', help: "set a variable for the command; NAME alone: to the caller's value"},
	],
	form: 'object',
	identify: beforeEquals,
	values: {kind: 'words'},
	fallback: 'none',
	many: true,
	get(spec) {
		const entries = Object.entries(spec.environment);
		return entries.length === 0 ? undefined : entries.map(([name, value]) => formatEnvironment(name, value));
	},
	set: (spec, words) => ({...spec, environment: Object.fromEntries(someWords('environment', 'NAME[=VALUE]', words).map(parseEnvironment))}),
	unset: (spec) => ({...spec, environment: {}}),
};

/** Of `GUEST=HOST`: GUEST. */
function beforeEquals(word: string): string {
	return word.split('=', 1).join();
}

/** Of `TYPE:TARGET=SOURCE`: TARGET. */
function targetOf(word: string): string {
	return beforeEquals(word.slice(word.indexOf(':') + 1));
}

const lists: readonly Key[] = [
	environment,
	list('mounts', 'TYPE:TARGET=SOURCE', 'what is mounted', parseMount, formatMount, {
		identify: targetOf,
		options: [
			{
				name: 'mount',
				short: 'm',
				group: 'Files',
				help: 'mount host-bind, host-image, guest-bind, ram or overlay (,ro: read-only), or hide:PATH',
			},
		],
	}),
	list('includes', 'GUEST=HOST', 'files that are copied in', parseInclude, formatInclude, {
		identify: beforeEquals,
		options: [
			{name: 'include', short: 'i', group: 'Files', help: 'copy a file or directory of the host into a mount; a path alone is both'},
			{
				name: 'includefile',
				short: 'I',
				group: 'Files',
				value: 'FILE',
				help: 'read lines of --include from FILE',
				file: {what: 'file of includes', line: 'GUEST=HOST', read: readIncludeFile},
			},
		],
	}),
	list('disks', 'file:TAG=SOURCE', 'disk images, raw unless format= says otherwise', parseDisk, formatDisk, {
		identify: targetOf,
		options: [
			{
				name: 'disk',
				group: 'Files',
				value: 'TYPE:TAG=SOURCE',
				help: 'add a disk image, raw unless format= says otherwise, seen as /dev/disk/by-tag/TAG',
			},
		],
	}),
	list('networks', 'OPTIONS', 'network interfaces', parseNetwork, formatNetwork, {
		identify: (word) => word,
		options: [
			{
				name: 'network',
				short: 'N',
				group: 'Network and security',
				help: 'add a network: dhcp, source=NET, isolated, address=IP/PREFIX, user, forward=PORT:PORT, … (default: none)',
			},
		],
	}),
];

/** Everything that a definition holds, in the order that `show` has it: behind its name the command. */
export const keys: readonly Key[] = [...singleKeys.toSpliced(1, 0, command), ...lists];

/** The key of that name; throws a usage error that names the nearest. */
export function findKey(name: string): Key {
	const found = keys.find((key) => key.name === name) ?? keys.find((key) => key.aliases.includes(name));
	if (found === undefined) {
		throw usageError(
			`There is no key '${name}'`,
			didYouMean(
				name,
				keys.flatMap((key) => [key.name, ...key.aliases]),
			) ?? `The keys are ${keys.map((key) => key.name).join(', ')}.`,
		);
	}
	return found;
}
