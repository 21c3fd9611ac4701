import {usageError} from '../../core/errors.ts';
import {didYouMean} from '../../core/nearest-word.ts';

/** What the words after `virt-sandbox-shell` say. */
export type ShellOptions = ReturnType<typeof read>;

interface Flag {
	readonly short?: string;
	/** Another letter, as virsh has it; the help names `short` alone. */
	readonly also?: string;
	readonly placeholder?: string;
	readonly help: string;
}

/** In the order that `--help` shows them. */
export const shellFlags: Readonly<Record<string, Flag>> = {
	connect: {short: 'c', placeholder: 'URI', help: 'libvirt connection, as lxc:///system or qemu:///session'},
	readonly: {short: 'r', help: 'connect read-only: nothing is started or stopped'},
	file: {short: 'f', placeholder: 'FILE', help: 'run the commands of a script; -: of standard input'},
	output: {placeholder: 'text|json', help: 'how results are written (default text)'},
	yes: {help: 'answer yes to every question'},
	'keep-going': {help: 'run on after a failure; the first one gives the exit code'},
	plain: {help: 'a line at a time instead of the screen'},
	session: {placeholder: 'NAME', help: 'keep definitions and undo under this name'},
	quiet: {short: 'q', help: 'no banner and no notices'},
	timing: {short: 't', help: 'say how long each command took'},
	escape: {short: 'e', placeholder: 'KEY', help: 'the key that leaves a console, as ^] (default)'},
	debug: {short: 'd', help: 'log each libvirt call with its time'},
	log: {short: 'l', placeholder: 'FILE', help: 'where the log goes (default standard error)'},
	'keepalive-interval': {short: 'k', placeholder: 'SECONDS', help: 'time between keepalive messages, 0 for none (default: 5 over ssh, else none)'},
	'keepalive-count': {short: 'K', placeholder: 'COUNT', help: 'keepalive messages that may be lost (default: 5)'},
	'no-pkttyagent': {help: 'accepted for virsh, without effect'},
	version: {short: 'V', also: 'v', help: 'print the version'},
	help: {short: 'h', help: 'print this help'},
};

/** The name of the option with this letter. */
export function shellFlagOf(letter: string): string | undefined {
	return Object.keys(shellFlags).find((key) => shellFlags[key]?.short === letter || shellFlags[key]?.also === letter);
}

/** Reads the words after the program's name; throws a usage error. */
export function parseShellOptions(words: readonly string[]): ShellOptions {
	// Node has the character in the place of such a byte, and a file may be called just so.
	if (words.some((word) => word.includes('\ufffd'))) {
		throw usageError(
			'The command line holds bytes that are not UTF-8',
			'Commands are text: use other names, or `virt-sandbox`, whose command may hold any bytes.',
		);
	}
	const given = new Map<string, string>();
	let index = 0;
	for (; index < words.length; index++) {
		const word = words[index] ?? '';
		if (word === '--') {
			index++;
			break;
		}
		if (!word.startsWith('-') || word === '-') {
			break;
		}
		if (word.startsWith('--')) {
			const [name = '', ...value] = word.slice(2).split('=');
			index += take(name, `--${name}`, value.length === 0 ? undefined : value.join('='), words[index + 1], given);
			continue;
		}
		for (let letter = 1; letter < word.length; letter++) {
			const name = shellFlagOf(word[letter] ?? '');
			const spelled = `-${word[letter] ?? ''}`;
			if (name !== undefined && shellFlags[name]?.placeholder !== undefined) {
				const attached = word.slice(letter + 1);
				index += take(name, spelled, attached === '' ? undefined : attached, words[index + 1], given);
				break;
			}
			take(name ?? '', spelled, undefined, undefined, given);
			// virsh's -d takes a level; ours has one only.
			if (name === 'debug' && letter === word.length - 1 && /^[0-4]$/.test(words[index + 1] ?? '')) {
				index++;
			}
		}
	}
	return read(given, words.slice(index));
}

/** Notes one option; gives the number of words taken beside it. */
function take(name: string, spelled: string, attached: string | undefined, next: string | undefined, given: Map<string, string>): number {
	const flag = Object.hasOwn(shellFlags, name) ? shellFlags[name] : undefined;
	if (flag === undefined) {
		throw usageError(
			`There is no option ${spelled}`,
			didYouMean(
				spelled,
				Object.keys(shellFlags).map((key) => `--${key}`),
			) ?? "'virt-sandbox-shell --help' lists the options.",
		);
	}
	if (flag.placeholder === undefined) {
		if (attached !== undefined) {
			throw usageError(`Option ${spelled} takes no value`, `Write ${spelled} alone.`);
		}
		given.set(name, '');
		return 0;
	}
	const value = attached ?? next;
	if (value === undefined) {
		throw usageError(`Option ${spelled} needs a value`, `Write ${spelled} ${flag.placeholder}.`);
	}
	given.set(name, value);
	return attached === undefined ? 1 : 0;
}

const outputs = ['text', 'json'] as const;

function read(given: ReadonlyMap<string, string>, words: readonly string[]) {
	const written = given.get('output') ?? 'text';
	const output = outputs.find((each) => each === written);
	if (output === undefined) {
		throw usageError(`There is no output '${written}'`, didYouMean(written, outputs) ?? 'Write --output text or --output json.');
	}
	const escape = given.get('escape') ?? '^]';
	if (!/^\^[A-Za-z@[\]\\^_]$/.test(escape)) {
		throw usageError(`'${escape}' is not an escape key`, 'Write ^ and a letter or one of @ [ ] \\ ^ _, as ^].');
	}
	const file = given.get('file');
	if (file !== undefined && words.length > 0) {
		throw usageError(`A script ('${file}') and a command ('${words[0] ?? ''}') exclude each other`, 'Give one of them.');
	}
	return {
		help: given.has('help'),
		version: given.has('version'),
		connect: given.get('connect'),
		readonly: given.has('readonly'),
		quiet: given.has('quiet'),
		debug: given.has('debug'),
		timing: given.has('timing'),
		yes: given.has('yes'),
		keepGoing: given.has('keep-going'),
		plain: given.has('plain'),
		/** Hat notation of the key that leaves a console. */
		escape,
		logFile: given.get('log'),
		/** As typed. */
		keepaliveInterval: given.get('keepalive-interval'),
		keepaliveCount: given.get('keepalive-count'),
		output,
		session: given.get('session'),
		file,
		/** One: a command string; several: the words of one command; none: a session or standard input. */
		words,
	};
}

/** What `--help` prints. */
export function shellUsage(): string {
	const rows = Object.entries(shellFlags).map(([name, flag]) => {
		const long = `--${name}${flag.placeholder === undefined ? '' : ` ${flag.placeholder}`}`;
		return `  ${(flag.short === undefined ? '    ' : `-${flag.short}, `) + long.padEnd(30)} ${flag.help}`;
	});
	return [
		"Usage: virt-sandbox-shell [OPTIONS] ['COMMAND; COMMAND…' | COMMAND [WORDS…]]",
		'',
		'Without a command: an interactive session, or the commands of standard input.',
		'',
		...rows,
		'',
		"'virt-sandbox-shell help' lists the commands.",
		'',
	].join('\n');
}
