import type {Key, KeyOption, OptionGroup} from '../spec/key.ts';
import {keys} from '../spec/keys.ts';

export interface OptionRow {
	readonly long: string;
	readonly short?: string | undefined;
	/** Name of the value in the help; undefined: a switch. */
	readonly value?: string | undefined;
	readonly help: string;
	readonly group: OptionGroup;
	/** May be given more than once. */
	readonly repeat?: boolean;
	/** Words the value must be one of. */
	readonly choices?: readonly string[] | undefined;
	/** Options it cannot be given with. */
	readonly excludes?: readonly string[] | undefined;
	/** The only options it can be given with. */
	readonly only?: readonly string[];
}

const outputOptions = ['output', 'quiet', 'verbose', 'debug', 'timing'] as const;
const connectionOptions = ['connect', 'keepalive-interval', 'keepalive-count'] as const;

/** The options that set no key of a definition. */
const ownOptions = [
	{long: 'escape', short: 'e', value: 'KEY', group: 'Command', help: 'the key that leaves a terminal (default: ^])'},
	{long: 'accept', group: 'Network and security', help: 'answer yes to every question: labels that confine nothing, networks to be started'},
	{
		long: 'exec',
		value: 'NAME',
		group: 'Running ones',
		help: 'run the command in the running sandbox NAME, as the user that its own command runs as',
		only: ['env', 'env-file', 'cwd', 'privileged', 'switchto', 'escape', 'timeout', ...outputOptions, ...connectionOptions],
	},
	{long: 'clean', group: 'Running ones', help: 'remove what ended sandboxes left behind', only: ['connect', ...outputOptions]},
	{long: 'dry-run', group: 'Checking', help: 'check everything, print the domain XML, start nothing'},
	{long: 'print-xml', group: 'Checking', help: 'print the domain XML on standard error, and run'},
	{long: 'output', value: 'FORMAT', group: 'Output', help: 'text or json', choices: ['text', 'json']},
	{long: 'quiet', short: 'q', group: 'Output', help: 'no notices, only faults', excludes: ['verbose', 'debug']},
	{long: 'verbose', short: 'v', group: 'Output', help: 'all notices, and each phase with the time since the start'},
	{long: 'debug', short: 'd', group: 'Output', help: 'each call to libvirt with its time, and causes of faults'},
	{long: 'timing', short: 't', group: 'Output', help: 'print how long each part took'},
	{long: 'version', short: 'V', group: 'Output', help: 'print the version'},
	{long: 'help', short: 'h', group: 'Output', help: 'print this help'},
	{long: 'connect', short: 'c', value: 'URI', group: 'Connection', help: 'libvirt connection: lxc:///system, qemu:///system, qemu:///session'},
	{long: 'readonly', group: 'Connection', help: 'connect read-only, for --dry-run'},
	{
		long: 'keepalive-interval',
		short: 'k',
		value: 'SECONDS',
		group: 'Connection',
		help: 'time between keepalive messages; 0: none (default: 5 over ssh, else none)',
	},
	{long: 'keepalive-count', short: 'K', value: 'N', group: 'Connection', help: 'messages without an answer that end the connection (default: 5)'},
] as const satisfies readonly OptionRow[];

/** What the program itself asks for by name. */
export type OptionName = (typeof ownOptions)[number]['long'] | 'keep';

function rowOf({placeholder, values, form, many, help, fallback}: Key, {name, short, group, word, excludes, ...option}: KeyOption): OptionRow {
	return {
		long: name,
		short,
		value: word === undefined ? (option.value ?? placeholder) : undefined,
		help: option.help ?? (fallback === 'none' ? help : `${help} (default: ${fallback})`),
		group,
		repeat: many,
		choices: form === 'choice' && values.kind === 'choice' && word === undefined ? Object.keys(values.words) : undefined,
		excludes,
	};
}

/** Every option of virt-sandbox: the parser, the help, the manual page and the shell completions are made from it. */
export const optionTable: readonly OptionRow[] = [...keys.flatMap((key) => key.options.map((option) => rowOf(key, option))), ...ownOptions];
