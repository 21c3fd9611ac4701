import {systemReason} from '../core/system-reason.ts';
import {ShellError, usageError} from '../core/errors.ts';
import {backends} from '../spec/backends.ts';
import {defaultSpec} from '../spec/default-spec.ts';
import type {KeyOption} from '../spec/key.ts';
import {keys} from '../spec/keys.ts';
import {likeDocker} from '../spec/parse/parse-mount.ts';
import {parseUri} from '../spec/parse/parse-uri.ts';
import type {SandboxSpec} from '../spec/types.ts';
import type {CommandLine} from './virt-sandbox-parse.ts';

/** What the command line means besides its words. */
interface SpecSurroundings {
	/** The caller's directory: relative paths of the host start there. */
	readonly directory: string;
	/** Whether the command gets a terminal. */
	readonly tty: boolean;
	/** What --connect names, where it is given. */
	readonly connect?: string | undefined;
	/** What a file of `--includefile` or `--env-file` has, by the name given; or throws as the system call does. */
	readFile(path: string): string;
}

/** Names of the files whose words belong to the command line. */
export function filesNamedIn({options}: Pick<CommandLine, 'options'>): readonly string[] {
	return keys.flatMap((key) => key.options.flatMap(({name, file}) => (file === undefined ? [] : (options.get(name) ?? []))));
}

/** Makes the description of a sandbox from a command line; throws a usage error that names the faulty word. */
export function specFromCommandLine({options, command}: CommandLine, {directory, tty, connect, readFile}: SpecSurroundings): SandboxSpec {
	if (command.length === 0 || command[0] === '') {
		throw usageError(
			command.length === 0 ? 'There is no command to run' : 'The command is an empty word',
			'Write it after the options: virt-sandbox [OPTIONS] COMMAND [ARGS…].',
		);
	}
	const volume = options.has('verbose') ? likeDocker(command[0] ?? '') : undefined;
	if (volume !== undefined) {
		throw usageError(`'${command[0] ?? ''}' is not a command, and -v is --verbose here`, `A mount is written -m ${volume}: the target comes first.`);
	}
	const wordsOf = ({name, word, refused, file}: KeyOption): readonly string[] => {
		const texts = options.get(name) ?? [];
		for (const text of texts) {
			if (refused !== undefined && Object.hasOwn(refused, text)) throw usageError(`Option --${name} cannot be '${text}'`, refused[text]);
		}
		return file === undefined ? texts.map((text) => word ?? text) : texts.flatMap((path) => file.read(readNamed(path, file, readFile), path));
	};
	const uri = connect === undefined ? undefined : parseUri(connect);
	let spec: SandboxSpec = {...defaultSpec, uri: uri?.uri, command, tty};
	for (const key of keys) {
		const words = key.options.flatMap(wordsOf);
		if (words.length > 0) spec = key.set(spec, words, directory);
	}
	if (uri !== undefined && spec.backend !== undefined && uri.backend !== spec.backend) {
		throw usageError(
			`The connection '${uri.uri}' runs a ${backends[uri.backend].noun}, but --backend asks for a ${backends[spec.backend].noun}`,
			'Leave one of them out.',
		);
	}
	return spec;
}

function readNamed(path: string, {what, line}: {readonly what: string; readonly line: string}, readFile: (path: string) => string): string {
	try {
		return readFile(path);
	} catch (error) {
		if (error instanceof ShellError) throw error;
		throw new ShellError('not-found', `The ${what} '${path}' cannot be read: ${systemReason(error)}`, {
			hint: `Name a file with a ${line} on each line.`,
			cause: error,
		});
	}
}
