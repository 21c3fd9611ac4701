import {cString, writeCallProgram, type Call} from '../../guest/program/call-program.ts';
import {callsOf, directoryOnly, ownMemory, takeMemory} from '../../guest/program/usual-calls.ts';
import {timeBytes} from '../ports/machine-line.ts';
import {devicesPlace} from '../programs/guest-programs.ts';
import {calls, free, mountBound, mountFlags, mountNew, remountBound} from '../programs/system-calls.ts';
import {raiseLoopback} from './loopback.ts';
import {withinWord} from './boot-script.ts';

const [writeOnly, readWrite] = [1, 2];

/** The descriptor by which the init has all devices of its kernel: a command's `/dev` lacks those by which process 1 talks to the host. */
const deviceDirectory = 6;

/** What of that process 1 alone gets at, and what it starts with all its rights. */
export const deviceNames = `/proc/1/fd/${deviceDirectory}`;
export const nowhere = `${deviceNames}/null`;

/** The descriptor by which the init has its own directory, to write to: whose name is read-only, since a command may be root. */
const ownDirectory = 9;

/**
 * `/init` of the initramfs: mounts the kernel's file systems, and becomes the boot script. Process 1 begins without a session. The init
 * needs one with a terminal, for job control: the serial console is free.
 */
export function beginProgram(script: string): Buffer {
	return writeCallProgram(
		[
			mountNew('proc', '/proc', ''),
			mountNew('devtmpfs', '/dev', 'mode=755'),
			mountNew('sysfs', '/sys', ''),
			{number: calls.setsid, args: [], required: true},
			{number: calls.open, args: [cString('/dev/ttyS0'), readWrite, 0], required: true},
			...[0, 1, 2].map((to): Call => ({number: calls.dup2, args: [free, to], required: true})),
			{number: calls.close, args: [free]},
			...keepOpen('/dev', deviceDirectory),
			become('/bin/busybox', script),
		],
		fail('cannot begin'),
	);
}

/** Process 1 goes on with the boot script, whose root is the guest's then, while it stays at the initramfs's top. */
export function withinProgram(paths: {readonly busybox: string; readonly script: string}): Buffer {
	return writeCallProgram(
		[{number: calls.chroot, args: [cString('newroot')], required: true}, become(paths.busybox, paths.script, withinWord)],
		fail("cannot enter the guest's root"),
	);
}

/**
 * Goes on in the new root as the sandbox's init: brings the guest's directory of the sandbox along, and leaves nothing large behind.
 * `lines`: the descriptor of the control port.
 */
export function enterProgram(paths: {readonly directory: string; readonly target: string; readonly obsolete: readonly string[]}, lines: number): Buffer {
	const {directory, target, obsolete} = paths;
	const fatal = Buffer.from('fatal 0 mount\n');
	return writeCallProgram(
		[
			// Back from within the guest's root.
			{number: calls.chroot, args: [cString('.')], required: true},
			...obsolete.map((path): Call => ({number: calls.unlink, args: [cString(path)]})),
			// What is there would be somebody else's.
			{number: calls.mkdir, args: [cString(`/newroot${target}`), 0o755], required: true},
			mountBound(directory, `/newroot${target}`),
			remountBound(`/newroot${target}`, mountFlags.readOnly + mountFlags.noSuid + mountFlags.noDev),
			// The file system itself, wherever it is shown; what leads there by names of the guest may be another by now.
			{
				number: calls.mount,
				args: [cString(''), cString(`/${devicesPlace}`), cString(''), mountFlags.remount + mountFlags.readOnly + mountFlags.noSuid, 0],
				required: true,
			},
			...keepOpen(directory, ownDirectory),
			...raiseLoopback,
			...setClock(lines),
			// Nothing is loaded any more, and the keys that no lock of the kernel holds up have no effect.
			...writeTo('/proc/sys/kernel/modules_disabled', '1'),
			...writeTo('/proc/sys/kernel/sysrq', '0'),
			// As the host's kernel has them where systemd runs: a kernel's own are weaker, and links and pipes may be those of others.
			...Object.entries({hardlinks: 1, symlinks: 1, fifos: 1, regular: 2}).flatMap(([name, value]) =>
				writeTo(`/proc/sys/fs/protected_${name}`, String(value)),
			),
			{number: calls.chdir, args: [cString('/newroot')], required: true},
			{number: calls.mount, args: [cString('.'), cString('/'), cString(''), mountFlags.move, 0], required: true},
			{number: calls.chroot, args: [cString('.')], required: true},
			{number: calls.chdir, args: [cString('/')], required: true},
			become(`${target}/busybox`, `${target}/init`),
		],
		[{number: calls.write, args: [lines, fatal, fatal.length]}, ...fail(`cannot make ${target}`)],
	);
}

const realTime = 0;

/** The hardware's clock has whole seconds: without this, the guest's time would be up to a second behind the times of the host's files. */
function setClock(lines: number): Call[] {
	const question = Buffer.from('clock\n');
	return [
		takeMemory(callsOf('x64')),
		{number: calls.write, args: [lines, question, question.length], required: true},
		{number: calls.read, args: [lines, ownMemory.at, timeBytes], skips: 1},
		{number: calls.clock_settime, args: [realTime, ownMemory.at]},
	];
}

/** Has a directory open from now on. */
function keepOpen(directory: string, descriptor: number): Call[] {
	return [
		{number: calls.open, args: [cString(directory), directoryOnly.x64, 0], required: true},
		{number: calls.dup2, args: [free, descriptor], required: true},
		{number: calls.close, args: [free]},
	];
}

/** Where the kernel has this setting. */
function writeTo(path: string, value: string): Call[] {
	return [
		{number: calls.open, args: [cString(path), writeOnly, 0]},
		{number: calls.write, args: [free, Buffer.from(value), value.length]},
		{number: calls.close, args: [free]},
	];
}

/** Process 1 becomes busybox's shell with a script. */
function become(busybox: string, script: string, ...words: readonly string[]): Call {
	const environment = ['HOME=/', 'TERM=linux'].map(cString);
	return {number: calls.execve, args: [cString(busybox), ['sh', script, ...words].map(cString), environment], required: true};
}

/** Process 1 gives up: the kernel ends with it, once the host has seen why. */
function fail(what: string): Call[] {
	const text = Buffer.from(`virt-sandbox: ${what}\n`);
	const twoSeconds = Buffer.alloc(16);
	twoSeconds.writeBigInt64LE(2n);
	return [
		{number: calls.write, args: [2, text, text.length]},
		{number: calls.nanosleep, args: [twoSeconds, 0]},
		{number: calls.exit_group, args: [1]},
	];
}
