import {wordToBytes} from '../../../core/bytes.ts';
import {safeText} from '../../../core/text.ts';
import {writeCallProgram, type Call, type Value} from './call-program.ts';
import type {ProgramArchitecture} from './program-file.ts';

const setNoNewPrivileges = 38;
const setSystemCallFilter = 22;
const byProgram = 2;

/** On x86-64 and on arm64, as in filter/call-numbers.ts, whose whole table a start has no use for. */
const usual = {
	read: [0, 63],
	write: [1, 64],
	close: [3, 57],
	mmap: [9, 222],
	rt_sigaction: [13, 134],
	ioctl: [16, 29],
	sendmsg: [46, 211],
	getsockopt: [55, 209],
	execve: [59, 221],
	fsync: [74, 82],
	chdir: [80, 49],
	fchdir: [81, 50],
	umask: [95, 166],
	setsid: [112, 157],
	setgroups: [116, 159],
	setresuid: [117, 147],
	setresgid: [119, 149],
	capset: [126, 91],
	setpriority: [141, 140],
	prctl: [157, 167],
	exit_group: [231, 94],
	openat: [257, 56],
	mkdirat: [258, 34],
	mknodat: [259, 33],
	unlinkat: [263, 35],
	dup3: [292, 24],
	prlimit64: [302, 261],
	syncfs: [306, 267],
	setns: [308, 268],
	open_tree: [428, 428],
	move_mount: [429, 429],
	fsopen: [430, 430],
	fsconfig: [431, 431],
	fsmount: [432, 432],
	fspick: [433, 433],
	close_range: [436, 436],
	openat2: [437, 437],
	mount_setattr: [442, 442],
} as const;

type UsualCall = keyof typeof usual;

function numbersIn(column: 0 | 1): Readonly<Record<UsualCall, number>> {
	return Object.fromEntries(Object.entries(usual).map(([name, each]) => [name, each[column]])) as Record<UsualCall, number>;
}

export const usualNumbers: Readonly<Record<ProgramArchitecture, Readonly<Record<UsualCall, number>>>> = {x64: numbersIn(0), arm64: numbersIn(1)};

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

/** A program that ends with 0, or with 1 as soon as a call that is required fails. */
export function plainProgram(steps: readonly Call[], architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	return writeCallProgram([...steps, call('exit_group', [0])], [call('exit_group', [1])], architecture);
}

/** Says why on standard error, and ends. */
export function die(call: MakeCall, message: string, status: number): Call[] {
	const text = wordToBytes(`virt-sandbox: ${safeText(message)}\n`);
	return [call('write', [2, text, text.length]), call('exit_group', [status])];
}
