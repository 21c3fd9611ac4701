import {safeText} from '../../../core/text.ts';
import {commandCapabilities, type Identity, type SessionPlan} from '../command-file.ts';
import {takeBounds} from './bound-calls.ts';
import {cString, writeCallProgram, type Call} from './call-program.ts';
import {
	callsOf,
	currentDirectory,
	die,
	directoryOnly,
	lastDescriptor,
	noLinks,
	pathOnly,
	takeFilter,
	takeNoNewPrivileges,
	type MakeCall,
} from './usual-calls.ts';

const noExec = 8;
const setDumpable = 4;
const setControllingTerminal = 0x540e;
const dropFromBoundingSet = 24;
const capabilityVersion = 0x2008_0522;
/** Every kernel with virtiofs knows these; a later one may know more. */
const lastKnownCapability = 37;

/**
 * What a session's shell runs: it takes on the command's signals, session, limits, rights and environment, and becomes the command. It is
 * static, and what a library or its loader heeds (LD_PRELOAD, /etc/ld.so.preload) comes into force with the command alone.
 */
export function commandProgram(plan: SessionPlan): Buffer {
	const {architecture, filter} = plan.program;
	const call = callsOf(architecture);
	const name = plan.words[0] ?? '';
	const words = plan.words.map(cString);
	const environment = Object.entries(plan.environment).map(([key, value]) => cString(`${key}=${value}`));
	const shell = ['/bin/sh', '-c', headless].map(cString);
	const [shellPath = Buffer.alloc(0)] = shell;
	const becomes = candidates(name, plan.environment['PATH']).flatMap((candidate): Call[] => {
		const path = cString(candidate);
		return [
			call('execve', [path, words, environment]),
			call('execve', [shellPath, [...shell, path, cString(safeText(candidate)), ...words.slice(1)], environment], {afterErrno: noExec}),
		];
	});
	const usual = Buffer.alloc(32);
	// libvirtd ignores SIGPIPE, and all below it inherit that.
	const signals = Array.from({length: 64}, (_, index) => call('rt_sigaction', [index + 1, usual, 0, 8]));
	const terminal = plan.terminal === undefined ? [] : [call('ioctl', [0, setControllingTerminal, 1])];
	return writeCallProgram(
		[
			// Until it has all that confines the command, nobody in the sandbox takes it over as a debugger; an execve puts this back.
			call('prctl', [setDumpable, 0, 0, 0, 0], {required: true}),
			...signals,
			call('setsid', [], {required: true}),
			...terminal,
			...(plan.bounds === undefined ? [] : takeBounds(call, plan.bounds)),
			...openDirectory(call, plan),
			...takeRights(call, plan.identity),
			...enterDirectory(call, plan),
			...(filter === undefined ? [] : [takeFilter(call, filter)]),
			...becomes,
			...die(call, `${name}: cannot be executed`, 126),
		],
		die(call, 'cannot take on the rights of the command, or enter its directory', 125),
		architecture,
	);
}

/** The first descriptor that is free once all but the usual three are closed. */
const opened = 3;
const refused = 13;
/** Why another directory is entered: EPERM, ENOENT, EIO, EBADF, ENOTDIR, ENAMETOOLONG, ELOOP, ESTALE. */
const whyNot = [1, 2, 5, 9, 20, 36, 40, 116];

type Directories = Pick<SessionPlan, 'directories' | 'directoryRequired' | 'isFixed' | 'program'>;

/** The way to where the caller is may be closed to the command's user, as with `sudo -u`; a link on it would be the sandbox's own. */
function openDirectory(call: MakeCall, {directories: [first = '/'], isFixed, program: {architecture}}: Directories): Call[] {
	const close = call('close_range', [opened, lastDescriptor, 0]);
	if (!isFixed) return [close];
	return [
		close,
		call('openat2', [currentDirectory, cString(first), {fields: [pathOnly + directoryOnly[architecture], 0, noLinks]}, 24]),
		call('fchdir', [opened]),
		// Closed to the sandbox's root too (--idmap): it is not there.
		call('close_range', [opened, opened, 0], {afterErrno: refused}),
	];
}

/** With the command's own rights, so that links lead no further than it could go. Where it is in one that is closed to it, it stays there. */
function enterDirectory(call: MakeCall, {directories: [first = '/', ...others], directoryRequired}: Directories): Call[] {
	const next = directoryRequired ? [first] : others;
	return [
		call('chdir', [cString(first)]),
		call('fchdir', [opened], {afterErrno: refused}),
		...next.flatMap((directory) => whyNot.map((afterErrno) => call('chdir', [cString(directory)], {afterErrno, required: directoryRequired}))),
		call('close_range', [opened, lastDescriptor, 0]),
	];
}

/** Gives up all that the command is not to have. Each step has to succeed, but for capabilities that the guest's kernel may not know. */
export function takeRights(call: MakeCall, {uid, gid, groups}: Identity): Call[] {
	const kept = uid === 0 ? Object.values(commandCapabilities) : [];
	const dropped = Array.from({length: 64}, (_, capability) => capability).filter((capability) => !kept.includes(capability));
	const list = Buffer.alloc(groups.length * 4);
	for (const [index, group] of groups.entries()) list.writeUInt32LE(group, index * 4);
	const version = Buffer.alloc(8);
	version.writeUInt32LE(capabilityVersion);
	// Effective, permitted, inheritable; of which none is inherited.
	const sets = Buffer.alloc(24);
	const mask = kept.reduce((sum, capability) => sum + 2 ** capability, 0);
	sets.writeUInt32LE(mask, 0);
	sets.writeUInt32LE(mask, 4);
	const required = true;
	return [
		takeNoNewPrivileges(call),
		...dropped.map((capability) => call('prctl', [dropFromBoundingSet, capability, 0, 0, 0], {required: capability <= lastKnownCapability})),
		call('setgroups', [groups.length, list], {required}),
		call('setresgid', [gid, gid, gid], {required}),
		call('setresuid', [uid, uid, uid], {required}),
		call('capset', [version, sets], {required}),
	];
}

/**
 * What the kernel does not take for a program is the shell's, as execvp has it, but for one that is: of another architecture, say.
 * A shell drops the zeros of what it reads. The first of its words is what the file is called on a terminal.
 */
const headless = [
	'IFS= read -r head <"$0"',
	`case $head in \u007fELF*) printf '%s\\n' "virt-sandbox: $1: cannot be executed: it is not a program for this machine's architecture" >&2; exit 126 ;; esac`,
	'unset head',
	'shift',
	'exec /bin/sh "$0" "$@"',
].join('\n');

/** Where a command may be, in order. */
function candidates(name: string, path = ''): string[] {
	return name.includes('/') ? [name] : path.split(':').map((directory) => `${directory === '' ? '.' : directory}/${name}`);
}
