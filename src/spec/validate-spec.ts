import {usageError, type ShellError} from '../core/errors.ts';
import {formatSizeKiB} from '../core/units.ts';
import {formatEnvironment} from './parse/parse-environment.ts';
import {formatHostEnd} from './parse/parse-forward.ts';
import {innermost, isWithin} from './paths.ts';
import type {GuestBind, Mount, SandboxSpec, Security} from './types.ts';

/** The least memory that a sandbox is started with. A container with a shell started with 2 MiB, and died without a word with 1. */
const leastMemoryKiB = 4 * 1024;

/** Directories of the guest that belong to its kernel and to this program. */
const reservedTargets = ['/proc', '/sys', '/dev', '/run/sandbox', '/.oldroot'];
/** Below a reserved directory, yet the guest's own. */
const openTargets = ['/dev/shm'];

/** All that is wrong with a spec as a whole, in the order of its parts; empty when it can be started. */
export function findProblems(spec: SandboxSpec): ShellError[] {
	return [
		...wordProblems(spec),
		...mountProblems(spec.mounts),
		...includeProblems(spec),
		...diskProblems(spec),
		...networkProblems(spec),
		...securityProblems(spec.security),
		...limitProblems(spec),
		...rootProblems(spec),
	];
}

/** Throws the first problem of a spec. */
export function validateSpec(spec: SandboxSpec): void {
	const [problem] = findProblems(spec);
	if (problem !== undefined) {
		throw problem;
	}
}

/** Bytes of one argument or one `NAME=VALUE` that Linux takes, without the NUL at its end. */
const longestWord = 128 * 1024 - 1;

function* wordProblems({command, environment}: SandboxSpec): Iterable<ShellError> {
	const hint = `Linux takes ${longestWord} bytes: put it into a file, or send it through standard input.`;
	for (const [index, word] of command.entries()) {
		if (Buffer.byteLength(word) > longestWord) yield usageError(`Word ${index + 1} of the command is longer than an argument can be`, hint);
	}
	for (const [name, value] of Object.entries(environment)) {
		if (Buffer.byteLength(formatEnvironment(name, value)) > longestWord)
			yield usageError(`The environment variable ${name} is longer than one can be`, hint);
	}
}

/** Why a mount cannot be where it is to be, or undefined. */
export function mountProblem({type, target}: Mount): ShellError | undefined {
	if (target === '/') {
		return type === 'hide'
			? usageError("'/' cannot be hidden", 'Name what lies in it.')
			: usageError("Nothing can be mounted on '/'", 'Give another root directory with --root DIR.');
	}
	const reserved = reservedDirectory(target);
	if (reserved !== undefined) {
		return usageError(`The mount target '${target}' belongs to the sandbox itself`, `Mount outside ${reserved}.`);
	}
	return type !== 'hide' && target.includes('=')
		? usageError(`The mount target '${target}' holds '='`, 'No mount string can hold it: use another target.')
		: undefined;
}

/** The directory that a path of the guest lies in and that belongs to the sandbox itself. */
export function reservedDirectory(path: string): string | undefined {
	return openTargets.some((directory) => isWithin(path, directory)) ? undefined : reservedTargets.find((directory) => isWithin(path, directory));
}

function* mountProblems(mounts: readonly Mount[]): Iterable<ShellError> {
	const seen = new Set<string>();
	for (const mount of mounts) {
		const problem = mountProblem(mount);
		if (problem !== undefined) yield problem;
		if (seen.has(mount.target)) yield usageError(`Two mounts have the target '${mount.target}'`, 'Leave one of them out.');
		seen.add(mount.target);
		if (mount.type === 'guest-bind') yield* guestBindProblems(mount);
		if (mount.type === 'overlay' && mount.upper !== undefined && (isWithin(mount.upper, mount.source) || isWithin(mount.source, mount.upper))) {
			yield usageError(
				`The upper directory '${mount.upper}' of the overlay on '${mount.target}' and its source lie one inside the other`,
				'Use a directory apart from the source.',
			);
		}
	}
}

function* guestBindProblems({source, target}: GuestBind): Iterable<ShellError> {
	const ofSandbox = reservedDirectory(source);
	if (ofSandbox !== undefined) {
		// What is read-only in it is so by mounts, which a second place would not have.
		yield usageError(`The source '${source}' of the guest-bind on '${target}' belongs to the sandbox itself`, `Show what lies outside ${ofSandbox}.`);
	}
	if (isWithin(target, source)) {
		yield usageError(`The guest-bind on '${target}' has its target within its source '${source}'`, 'Bind a directory that does not hold the target.');
	}
}

/** The mount that covers a path of the guest: the deepest whose target holds it. */
export function findCoveringMount(mounts: readonly Mount[], path: string): Mount | undefined {
	return innermost(mounts, path, ({target}) => target);
}

/** The ram mounts that every sandbox gets, unless something is mounted there. */
export const defaultRamTargets = ['/tmp', '/var/tmp', '/run', '/dev/shm'] as const;

function* includeProblems(spec: SandboxSpec): Iterable<ShellError> {
	const seen = new Set<string>();
	for (const {guest} of spec.includes) {
		const problem = includeProblem(guest, spec.mounts);
		if (problem !== undefined) yield problem;
		if (seen.has(guest)) yield usageError(`Two includes have the target '${guest}'`, 'Leave one of them out.');
		seen.add(guest);
	}
}

/** Why nothing can be copied to a path, or undefined. */
function includeProblem(guest: string, mounts: readonly Mount[]): ShellError | undefined {
	const mount = findCoveringMount(mounts, guest);
	if (isWithin(guest, '/run/sandbox')) return usageError(`The include target '${guest}' belongs to the sandbox itself`, 'Copy it elsewhere.');
	if (mount === undefined) {
		return defaultRamTargets.some((target) => isWithin(guest, target) && guest !== target)
			? undefined
			: usageError(
					`The include target '${guest}' lies below no mount`,
					`Copy it below /tmp, as /tmp/${guest.slice(guest.lastIndexOf('/') + 1)}, or mount something writable that holds it`,
				);
	}
	const {type, target, readonly} = mount;
	if (type === 'hide') return usageError(`The include target '${guest}' is hidden by hide:${target}`, 'Leave one of them out.');
	if (readonly) return usageError(`The include target '${guest}' lies below the read-only mount on '${target}'`, `Mount ${target} without ro.`);
	return target === guest ? usageError(`The include target '${guest}' is itself a mount`, `Copy to a path below ${guest}.`) : undefined;
}

function diskProblems({disks}: SandboxSpec): ShellError[] {
	return repeated(disks.map(({tag}) => tag)).map((tag) => usageError(`Two disks have the tag '${tag}'`, 'Give each disk a tag of its own.'));
}

/** What is there more than once, each once. */
function repeated(words: readonly string[]): string[] {
	return [...new Set(words.filter((word, index) => words.indexOf(word) !== index))];
}

function networkProblems(spec: SandboxSpec): ShellError[] {
	const macs = spec.networks.flatMap((network) => (network.mac === undefined ? [] : [network.mac]));
	const ports = spec.networks.flatMap(({forwards}) => forwards.map((forward) => `${forward.protocol} ${formatHostEnd(forward)}`));
	return [
		...repeated(macs).map((mac) => usageError(`Two networks have the MAC address '${mac}'`, 'Give each its own, or none.')),
		...repeated(ports).map((port) => usageError(`The host's port ${port} is forwarded twice`, 'A port leads to one place: give another one.')),
	];
}

function* securityProblems({mode, label, relabel}: Security): Iterable<ShellError> {
	switch (mode) {
		case 'static':
			if (label === undefined) yield usageError('A static security label needs the label', 'Write static,label=USER:ROLE:TYPE:LEVEL.');
			return;
		case 'dynamic':
			if (relabel === false) yield usageError('A dynamic security label needs relabel=yes', 'Use static,relabel=no,label=… instead.');
			return;
		case 'inherit':
		case 'none':
			if (label !== undefined) yield usageError(`The security mode '${mode}' takes no label`, 'Use static,label=… or dynamic,label=….');
			if (relabel === true) yield usageError(`The security mode '${mode}' cannot relabel`, 'Leave relabel=yes out.');
			return;
		case undefined:
			return;
		default:
			mode satisfies never;
	}
}

function limitProblems({limits}: SandboxSpec): ShellError[] {
	const least = `Give at least ${formatSizeKiB(leastMemoryKiB)}.`;
	return limits.memoryKiB < leastMemoryKiB ? [usageError(`The memory ${formatSizeKiB(limits.memoryKiB)} is too small to start a sandbox`, least)] : [];
}

function rootProblems(spec: SandboxSpec): ShellError[] {
	return spec.root.startsWith('/') ? [] : [usageError(`The root '${spec.root}' is not an absolute path`, 'Write it from the root of the host.')];
}
