import {wordToBytes} from '../bytes.ts';
import {commandCapabilities, type Identity, type SessionPlan} from '../command-file.ts';
import {cString, writeCallProgram, type Call} from './call-program.ts';
import {calls} from './system-calls.ts';

const noExec = 8;
const setControllingTerminal = 0x540e;
const dropFromBoundingSet = 24;
const setNoNewPrivileges = 38;
const capabilityVersion = 0x2008_0522;
/** Every kernel with virtiofs knows these; a later one may know more. */
const lastKnownCapability = 37;
const capabilityNumbers: Readonly<Record<(typeof commandCapabilities)[number], number>> = {
	chown: 0,
	dac_override: 1,
	fowner: 3,
	fsetid: 4,
	kill: 5,
	setgid: 6,
	setuid: 7,
	setpcap: 8,
	net_bind_service: 10,
};

/**
 * What a session's shell runs in place of env, setsid and setpriv, whose programs and libraries an emulated guest would have to get
 * from the host first: it takes on the command's signals, session and rights, and becomes the command.
 */
export function commandProgram(plan: SessionPlan): Buffer {
	const name = plan.words[0] ?? '';
	const words = plan.words.map(cString);
	const environment = Object.entries(plan.environment).map(([key, value]) => cString(`${key}=${value}`));
	// As execvp: a file without a head is the shell's.
	const becomes = candidates(name, plan.environment['PATH']).flatMap((path): Call[] => [
		{number: calls.execve, args: [cString(path), words, environment]},
		{number: calls.execve, args: [cString('/bin/sh'), [cString('/bin/sh'), cString(path), ...words.slice(1)], environment], afterErrno: noExec},
	]);
	const signals = Array.from({length: 64}, (_, index): Call => ({number: calls.sigaction, args: [index + 1, Buffer.alloc(32), 0, 8]}));
	const terminal: Call[] = plan.terminal === undefined ? [] : [{number: calls.ioctl, args: [0, setControllingTerminal, 1]}];
	return writeCallProgram(
		[
			...signals,
			{number: calls.setsid, args: [], required: true},
			...terminal,
			...takeRights(plan.identity),
			...becomes,
			...die(`${name}: cannot be executed`, 126),
		],
		die('cannot take on the rights of the command', 125),
	);
}

/** Gives up all that the command is not to have. Each step has to succeed, but for capabilities that the guest's kernel may not know. */
function takeRights({uid, gid, groups}: Identity): Call[] {
	const kept = uid === 0 ? commandCapabilities.map((name) => capabilityNumbers[name]) : [];
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
	return [
		{number: calls.prctl, args: [setNoNewPrivileges, 1, 0, 0, 0], required: true},
		...dropped.map((capability): Call => ({
			number: calls.prctl,
			args: [dropFromBoundingSet, capability, 0, 0, 0],
			required: capability <= lastKnownCapability,
		})),
		{number: calls.setgroups, args: [groups.length, list], required: true},
		{number: calls.setresgid, args: [gid, gid, gid], required: true},
		{number: calls.setresuid, args: [uid, uid, uid], required: true},
		{number: calls.capset, args: [version, sets], required: true},
	];
}

/** Where a command may be, in order. */
function candidates(name: string, path = ''): string[] {
	return name.includes('/') ? [name] : path.split(':').map((directory) => `${directory === '' ? '.' : directory}/${name}`);
}

function die(message: string, status: number): Call[] {
	const text = wordToBytes(`virt-sandbox: ${message}\n`);
	return [
		{number: calls.write, args: [2, text, text.length]},
		{number: calls.exit, args: [status]},
	];
}
