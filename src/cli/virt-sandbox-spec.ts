import {systemReason} from '../commands/system-error.ts';
import {ShellError, usageError} from '../core/errors.ts';
import {parseInteger} from '../core/units.ts';
import {defaultSpec} from '../spec/default-spec.ts';
import {likeDocker} from '../spec/like-docker.ts';
import {parseDisk} from '../spec/parse/parse-disk.ts';
import {parseEnvironment, parseEnvironmentFile} from '../spec/parse/parse-environment.ts';
import {parseIdmap} from '../spec/parse/parse-idmap.ts';
import {parseInclude, parseIncludeFile} from '../spec/parse/parse-include.ts';
import {parseLimits} from '../spec/parse/parse-limits.ts';
import {parseMount} from '../spec/parse/parse-mount.ts';
import {parseHostname, parseName} from '../spec/parse/parse-name.ts';
import {parseNetwork} from '../spec/parse/parse-network.ts';
import {parseSeccomp} from '../spec/parse/parse-seccomp.ts';
import {parseSecurity} from '../spec/parse/parse-security.ts';
import {backendOfScheme, parseUri} from '../spec/parse/parse-uri.ts';
import {chooseUser} from '../spec/parse/parse-user.ts';
import {parseGuestDirectory, parseHostPath} from '../spec/paths.ts';
import type {BackendName, Kernel, SandboxSpec} from '../spec/types.ts';
import type {OptionName} from './virt-sandbox-options.ts';
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

/** Makes the description of a sandbox from a command line; throws a usage error that names the faulty word. */
export function specFromCommandLine({options, command}: CommandLine, {directory, tty, connect, readFile}: SpecSurroundings): SandboxSpec {
	const one = (name: OptionName): string | undefined => options.get(name)?.[0];
	const all = (name: OptionName): readonly string[] => options.get(name) ?? [];
	const has = (name: OptionName): boolean => options.has(name);
	const read = <T>(name: OptionName, parse: (text: string) => T): T | undefined => {
		const text = one(name);
		return text === undefined ? undefined : parse(text);
	};
	if (command.length === 0 || command[0] === '') {
		throw usageError(
			command.length === 0 ? 'There is no command to run' : 'The command is an empty word',
			'Write it after the options: virt-sandbox [OPTIONS] COMMAND [ARGS…].',
		);
	}
	const volume = has('verbose') ? likeDocker(command[0] ?? '') : undefined;
	if (volume !== undefined) {
		throw usageError(`'${command[0] ?? ''}' is no command, and -v is --verbose here`, `A mount is written -m ${volume}: the target comes first.`);
	}
	const uri = connect === undefined ? undefined : parseUri(connect);
	const backend = read('backend', parseBackend);
	if (uri !== undefined && backend !== undefined && uri.backend !== backend) {
		throw usageError(`The connection '${uri.uri}' runs a ${uri.backend}, and --backend asks for a ${backend}`, 'Leave one of them out.');
	}
	return {
		...defaultSpec,
		name: read('name', (text) => parseName(text)),
		backend,
		uri: uri?.uri,
		command,
		tty,
		cwd: read('cwd', (text) => parseGuestDirectory(text, 'directory', directory)),
		environment: Object.fromEntries([
			...all('env-file').flatMap((path) => parseEnvironmentFile(readListed(path, {what: 'environment file', holds: 'NAME=VALUE'}, readFile), path)),
			...all('env').map(parseEnvironment),
		]),
		user: chooseUser(has('privileged'), one('switchto')),
		root: read('root', (text) => parseHostPath(text, 'root directory', directory)) ?? defaultSpec.root,
		hostname: read('hostname', parseHostname),
		idmap: read('idmap', parseIdmap),
		mounts: all('mount').map((text) => parseMount(text, directory)),
		includes: [
			...all('include').map((text) => parseInclude(text, directory)),
			...all('includefile').flatMap((path) => parseIncludeFile(readListed(path, {what: 'file of includes', holds: 'GUEST=HOST'}, readFile), directory)),
		],
		disks: all('disk').map((text) => parseDisk(text, directory)),
		networks: all('network').map(parseNetwork),
		security: read('security', parseSecurity) ?? defaultSpec.security,
		seccomp: read('seccomp', (text) => parseSeccomp(text, directory)) ?? defaultSpec.seccomp,
		limits: parseLimits(
			{
				memory: one('memory'),
				swap: one('swap'),
				vcpus: one('vcpus'),
				cpuShares: one('cpu-shares'),
				cpuQuota: one('cpu-quota'),
				ioWeight: one('io-weight'),
				pids: one('pids'),
				timeout: one('timeout'),
			},
			defaultSpec.limits,
		),
		kernel: {
			version: one('kernver'),
			path: read('kernpath', (text) => parseHostPath(text, 'kernel', directory)),
			modules: read('kmodpath', (text) => parseHostPath(text, 'module directory', directory)),
			accel: read('accel', parseAccel) ?? defaultSpec.kernel.accel,
		},
		consoles: {
			spare: read('consoles', (text) => parseInteger(text, 'number of consoles', 0, 64)) ?? defaultSpec.consoles.spare,
			shell: has('shell'),
		},
		lifetime: has('keep') ? 'keep' : 'client',
	};
}

/** What a file of lines is called, and what each of them holds. */
interface ListedFile {
	readonly what: string;
	readonly holds: string;
}

function readListed(path: string, {what, holds}: ListedFile, readFile: (path: string) => string): string {
	try {
		return readFile(path);
	} catch (error) {
		if (error instanceof ShellError) throw error;
		throw new ShellError('not-found', `The ${what} '${path}' cannot be read: ${systemReason(error)}`, {
			hint: `Name a file with a ${holds} on each line.`,
			cause: error,
		});
	}
}

function parseBackend(text: string): BackendName {
	const known = Object.values(backendOfScheme);
	const backend = known.find((name) => name === text);
	if (backend === undefined) {
		throw usageError(`There is no backend '${text}'`, `It is ${known.join(' or ')}.`);
	}
	return backend;
}

function parseAccel(text: string): Kernel['accel'] {
	if (text === 'auto' || text === 'kvm' || text === 'tcg') {
		return text;
	}
	throw usageError(`There is no accelerator '${text}'`, 'It is auto, kvm or tcg.');
}
