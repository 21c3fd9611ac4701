import {wordToBytes} from '../../../core/bytes.ts';
import type {Call, Value} from './call-program.ts';
import type {ProgramArchitecture} from './program-file.ts';

const setNoNewPrivileges = 38;
const setSystemCallFilter = 22;
const byProgram = 2;

type UsualCall =
	| 'read'
	| 'write'
	| 'mmap'
	| 'rt_sigaction'
	| 'ioctl'
	| 'execve'
	| 'setsid'
	| 'setgroups'
	| 'setresuid'
	| 'setresgid'
	| 'capset'
	| 'prctl'
	| 'exit_group'
	| 'fsopen'
	| 'fsmount'
	| 'fsconfig'
	| 'mkdirat'
	| 'mknodat'
	| 'fspick'
	| 'openat2'
	| 'mount_setattr'
	| 'move_mount'
	| 'open_tree'
	| 'close_range'
	| 'openat'
	| 'setns'
	| 'sendmsg'
	| 'getsockopt'
	| 'chdir'
	| 'fchdir'
	| 'dup3'
	| 'close'
	| 'umask'
	| 'unlinkat'
	| 'setpriority'
	| 'prlimit64';

/** As in filter/call-numbers.ts, whose whole table a start has no use for. */
export const usualNumbers: Readonly<Record<ProgramArchitecture, Readonly<Record<UsualCall, number>>>> = {
	x64: {
		read: 0,
		write: 1,
		mmap: 9,
		rt_sigaction: 13,
		ioctl: 16,
		execve: 59,
		setsid: 112,
		setgroups: 116,
		setresuid: 117,
		setresgid: 119,
		capset: 126,
		prctl: 157,
		exit_group: 231,
		fsopen: 430,
		fsmount: 432,
		fsconfig: 431,
		mkdirat: 258,
		mknodat: 259,
		fspick: 433,
		openat2: 437,
		mount_setattr: 442,
		move_mount: 429,
		open_tree: 428,
		close_range: 436,
		openat: 257,
		setns: 308,
		sendmsg: 46,
		getsockopt: 55,
		chdir: 80,
		fchdir: 81,
		dup3: 292,
		close: 3,
		umask: 95,
		unlinkat: 263,
		setpriority: 141,
		prlimit64: 302,
	},
	arm64: {
		read: 63,
		write: 64,
		mmap: 222,
		rt_sigaction: 134,
		ioctl: 29,
		execve: 221,
		setsid: 157,
		setgroups: 159,
		setresuid: 147,
		setresgid: 149,
		capset: 91,
		prctl: 167,
		exit_group: 94,
		fsopen: 430,
		fsmount: 432,
		fsconfig: 431,
		mkdirat: 34,
		mknodat: 33,
		fspick: 433,
		openat2: 437,
		mount_setattr: 442,
		move_mount: 429,
		open_tree: 428,
		close_range: 436,
		openat: 56,
		setns: 268,
		sendmsg: 211,
		getsockopt: 209,
		chdir: 49,
		fchdir: 50,
		dup3: 24,
		close: 57,
		umask: 166,
		unlinkat: 35,
		setpriority: 140,
		prlimit64: 261,
	},
};

/** How calls name the current directory where they take a descriptor. */
export const currentDirectory = 0xffff_ff9c;

/** For close_range: all that are open from some number on. */
export const lastDescriptor = 0xffff_ffff;

/** Opens what a name leads to, and nothing of what it holds. */
export const pathOnly = 0x20_0000;

/** Opens nothing but a directory. */
export const directoryOnly: Readonly<Record<ProgramArchitecture, number>> = {x64: 0x1_0000, arm64: 0x4000};

/** For calls on what a descriptor stands for: it has no further name. */
export const emptyPath = 0x1000;

/** For open_tree and mount_setattr: with all that is mounted below. */
export const recursive = 0x8000;

/** For open_tree: a mount that can be mounted elsewhere. */
export const cloneTree = 1;

/** For move_mount: what is moved is a descriptor; or both places are. */
export const moveDescriptor = 4;
export const moveByDescriptors = 0x40 + moveDescriptor;

/** For mount_setattr. */
export const readOnlyAttribute = 1;

/** For mount_setattr: of no peer group, so that what is mounted in it is seen nowhere else. */
export const privateMounts = 0x4_0000;

/** No device node counts in what is mounted. */
export const noDevices = 4;

/** Nor does a right of a program. */
export const inertAttributes = 2 + noDevices;

/** No link in what is mounted is followed; of Linux 5.14. */
export const unfollowedAttribute = 0x20_0000;

/** For setns: a mount namespace. */
export const newMounts = 0x2_0000;

/** Refuses what is reached by a link. */
export const noLinks = 4;

/** Makes one call of a program by its name. */
export type MakeCall = (name: UsualCall, args: readonly Value[], rest?: Pick<Call, 'afterErrno' | 'required' | 'skips'>) => Call;

/** Makes calls of one processor. */
export function callsOf(architecture: ProgramArchitecture): MakeCall {
	const numbers = usualNumbers[architecture];
	return (name, args, rest) => ({number: numbers[name], args, ...rest});
}

/** No program that is run from now on gives a right that is not there. */
export function takeNoNewPrivileges(call: MakeCall): Call {
	return call('prctl', [setNoNewPrivileges, 1, 0, 0, 0], {required: true});
}

/** Takes on a filter of system calls for ever: the program as the kernel takes it. */
export function takeFilter(call: MakeCall, filter: Buffer): Call {
	return call('prctl', [setSystemCallFilter, byProgram, {fields: [filter.length / 8, filter]}], {required: true});
}

/** Memory of a program's own, at an address where one without libraries has nothing. */
export const ownMemory = {at: 0x1000_0000, bytes: 4096};
const [readAndWrite, ofItsOwn] = [3, 0x32];

/** Gives a program that memory. */
export function takeMemory(call: MakeCall): Call {
	return call('mmap', [ownMemory.at, ownMemory.bytes, readAndWrite, ofItsOwn, lastDescriptor], {required: true});
}

/** Says why on standard error, and ends. */
export function die(call: MakeCall, message: string, status: number): Call[] {
	const text = wordToBytes(`virt-sandbox: ${message}\n`);
	return [call('write', [2, text, text.length]), call('exit_group', [status])];
}
