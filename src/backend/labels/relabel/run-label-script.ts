import {spawn} from 'node:child_process';
import {lstatSync} from 'node:fs';
import {ShellError} from '../../../core/errors.ts';
import {fillScript} from '../../../core/fill-script.ts';
import {isCode} from '../../../core/is-code.ts';
import type {RelabelAttribute} from '../settle-labels.ts';
import label from './label.pl';

/** A file or directory below a source, with its label. */
export interface LabelledFile {
	/** Relative to the source, byte for byte (a character each); empty: the source itself. */
	readonly name: string;
	/** A link is one that leads to a place below the source. */
	readonly kind: 'file' | 'directory' | 'link';
	readonly inode: string;
	readonly links: number;
	readonly mode: number;
	/** Undefined: it has none. */
	readonly label: string | undefined;
}

export interface LabelledTree {
	/** Device, inode and birth of the source: whether it still is the one it was. */
	readonly identity: string;
	/** Directories before what they hold. */
	readonly files: readonly LabelledFile[];
	/** Names of what is never touched: links that lead elsewhere, mounts. */
	readonly links: readonly string[];
	readonly mounts: readonly string[];
	/** The first of what could not be read, and why; with what is below it, it is not among the files. */
	readonly unread: string | undefined;
}

/** One label to set, where the file still has the expected one. */
export interface LabelChange {
	readonly name: string;
	readonly inode: string;
	readonly expected: string | undefined;
	readonly wanted: string | undefined;
}
/** `changed`: it was left alone, for it is another file, has another label, or is gone. */
type LabelResult = {readonly result: 'ok' | 'changed'} | {readonly result: 'error'; readonly text: string};

interface LabelScriptOptions {
	readonly attribute: RelabelAttribute;
	readonly signal?: AbortSignal | undefined;
}

const limitMs = 300_000;
const mostFiles = 500_000;
/** Of what the script says: more would take too much memory, and is more than one string can be. */
const mostBytes = 256 * 1024 ** 2;

/** What differs between the kernels' interfaces of two architectures. */
const numbersOf: Readonly<Partial<Record<string, readonly number[]>>> = {
	// setxattr, getxattr, removexattr, openat2, readlinkat, close, prctl, O_DIRECTORY, O_NOFOLLOW
	x64: [188, 191, 197, 437, 267, 3, 157, 0x1_0000, 0x2_0000],
	arm64: [5, 8, 14, 437, 78, 57, 167, 0x4000, 0x8000],
};

/** Lists a source and all below it on the same mount. */
export async function listLabels(source: string, {attribute, signal}: LabelScriptOptions): Promise<LabelledTree> {
	const [first, ...records] = await run(['list', attribute], [hex(Buffer.from(source))], {source, signal});
	const files: LabelledFile[] = [];
	const links: string[] = [];
	const mounts: string[] = [];
	let unread: string | undefined;
	for (const [kind, inode = '', count = '', mode = '', label = '', name = ''] of records) {
		const path = unhex(name);
		if (kind === 'l') {
			links.push(path);
		} else if (kind === 'm') {
			mounts.push(path);
		} else if (kind === 'e') {
			unread ??= `cannot read '${Buffer.from(path, 'latin1').toString()}': ${unhex(label)}`;
		} else {
			files.push({
				name: path,
				kind: kind === 'd' ? 'directory' : kind === 'i' ? 'link' : 'file',
				inode,
				links: Number(count),
				mode: Number(mode),
				label: label === '-' ? undefined : unhex(label),
			});
		}
	}
	if (files.length > mostFiles) throw tooMany(source);
	const birth = lstatSync(source, {bigint: true, throwIfNoEntry: false})?.birthtimeNs;
	return {identity: [...(first ?? []), birth ?? 0].join(':'), files, links, mounts, unread};
}

/** Sets labels below a source, in order; gives what became of each. */
export async function setLabels(source: string, changes: readonly LabelChange[], {attribute, signal}: LabelScriptOptions): Promise<LabelResult[]> {
	const records = changes.map(({name, inode, expected, wanted}) => [inode, field(expected), field(wanted), hex(Buffer.from(name, 'latin1'))].join('\n'));
	const answers = await run(['set', attribute], [hex(Buffer.from(source)), ...records], {source, signal});
	if (answers.length !== changes.length) {
		throw new ShellError('failed', `The labels below ${source} could not all be set`, {hint: '`virt-sandbox --clean` puts back what was changed'});
	}
	return answers.map(([result, text = '']) => (result === 'ok' || result === 'changed' ? {result} : {result: 'error', text: unhex(text)}));
}

async function run(words: string[], input: readonly string[], {source, signal}: {source: string; signal: AbortSignal | undefined}): Promise<string[][]> {
	const numbers = numbersOf[process.arch];
	if (numbers === undefined) {
		throw new ShellError('unavailable', `Files cannot be relabelled on this architecture (${process.arch})`, {hint: 'Leave relabel=yes out'});
	}
	const child = spawn('/usr/bin/perl', ['-e', fillScript(label), ...words, ...numbers.map(String)], {
		stdio: 'pipe',
		env: {LC_ALL: 'C', PATH: '/usr/bin'},
		cwd: '/',
		timeout: limitMs,
		killSignal: 'SIGKILL',
		signal,
	});
	const output: Buffer[] = [];
	let size = 0;
	let errors = '';
	child.stdout.on('data', (chunk: Buffer) => {
		size += chunk.length;
		if (size <= mostBytes) output.push(chunk);
		else child.kill('SIGKILL');
	});
	child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(0, 2000)));
	// It may end before it has read all.
	child.stdin.on('error', () => undefined);
	child.stdin.end(`${input.join('\0')}\0`);
	await new Promise<void>((resolve, reject) => {
		child.on('error', (cause) => {
			reject(
				isCode(cause, 'ENOENT')
					? new ShellError('unavailable', 'This host has no /usr/bin/perl, which relabels files', {
							hint: 'Install perl-base (Debian) or perl-interpreter (Fedora)',
							cause,
						})
					: cause,
			);
		});
		child.on('close', (code) => {
			if (code === 0) resolve();
			else if (size > mostBytes) reject(tooMany(source));
			else
				reject(
					new ShellError('failed', `The labels below ${source} could not be read or set`, {
						hint: errors.trim() === '' ? 'It took too long' : errors.trim(),
					}),
				);
		});
	});
	const records = Buffer.concat(output)
		.toString('latin1')
		.split('\0')
		.slice(0, -1)
		.map((record) => record.split('\n'));
	const fatal = records.find(([word]) => word === 'fatal');
	if (fatal !== undefined) throw explainLabelFault(source, unhex(fatal[1] ?? ''));
	return records;
}

function tooMany(source: string): ShellError {
	return new ShellError('refused', `${source} holds more than ${mostFiles} files, or very long names: too many to relabel for one sandbox`, {
		hint: 'Mount a smaller directory, or label it once with semanage fcontext and restorecon',
	});
}

/** Why a source cannot be relabelled. */
export function explainLabelFault(source: string, text: string): ShellError {
	if (text.includes('Operation not supported')) {
		return new ShellError('refused', `The file system of ${source} keeps no labels`, {
			hint: 'Leave relabel=yes out, or use a directory on another file system',
		});
	}
	return new ShellError('failed', `Cannot relabel ${source}: ${text}`, {hint: 'Leave relabel=yes out, or see to its rights'});
}

function field(label: string | undefined): string {
	return label === undefined ? '-' : hex(Buffer.from(label, 'latin1'));
}

function hex(bytes: Buffer): string {
	return bytes.toString('hex');
}

function unhex(text: string): string {
	return Buffer.from(text, 'hex').toString('latin1');
}
