import {cString, type Call} from '../../guest/program/call-program.ts';
import {currentDirectory, directoryOnly, lastDescriptor, noLinks, pathOnly, plainProgram, usualNumbers} from '../../guest/program/usual-calls.ts';

/** Numbers of Linux on x86-64, for what a machine's own programs call, by the names of filter/call-numbers.ts. */
export const calls = {
	...usualNumbers.x64,
	open: 2,
	dup2: 33,
	nanosleep: 35,
	getpid: 39,
	socket: 41,
	fcntl: 72,
	mkdir: 83,
	creat: 85,
	unlink: 87,
	symlink: 88,
	chmod: 90,
	fchmod: 91,
	fchown: 93,
	mknod: 133,
	chroot: 161,
	mount: 165,
	clock_settime: 227,
	unshare: 272,
	finit_module: 313,
};

/**
 * Makes calls whose absolute paths, whatever links they meet, lead nowhere but below a directory. It is one of the initramfs, whose top
 * is the current directory, as it is of all programs that the boot script runs; paths that begin there are not led astray by links of others.
 */
export function within(directory: string, steps: readonly Call[]): Call[] {
	const enter = (path: string): Call => ({number: calls.chroot, args: [cString(path)], required: true});
	return [enter(directory), ...steps, enter('.')];
}

/** The first descriptor that is free, where the first three are open and this one is closed. */
export const free = 3;

/** Closes all but the first three, so that it is known which is free, and the next. */
export const closeOthers: Call = {number: calls.close_range, args: [free, lastDescriptor, 0], required: true};

/** Opens a place, if no link is on the way. */
export function openStraight(path: string, {isDirectory = false} = {}): Call {
	return openWith(path, pathOnly + (isDirectory ? directoryOnly.x64 : 0));
}

/** The same of a directory that is to be changed. */
export function openDirectory(path: string): Call {
	return openWith(path, directoryOnly.x64);
}

function openWith(path: string, flags: number): Call {
	return {number: calls.openat2, args: [currentDirectory, cString(path), {fields: [flags, 0, noLinks]}, 24], required: true};
}

export const mountFlags = {readOnly: 1, noSuid: 2, noDev: 4, remount: 32, bind: 4096, move: 8192, recursive: 16_384, slave: 1 << 19};

export function mountNew(type: string, target: string, options: string, flags = 0): Call {
	return mountFrom(type, target, {type, options, flags});
}

export function mountFrom(
	source: string,
	target: string,
	{type, options, flags}: {readonly type: string; readonly options: string; readonly flags: number},
): Call {
	return {number: calls.mount, args: [cString(source), cString(target), cString(type), flags, cString(options)], required: true};
}

export function mountBound(from: string, to: string, flags = 0): Call {
	return {number: calls.mount, args: [cString(from), cString(to), cString(''), mountFlags.bind + flags, 0], required: true};
}

/** Gives what is mounted at a place these flags alone. */
export function remountBound(at: string, flags: number): Call {
	return {number: calls.mount, args: [cString(''), cString(at), cString(''), mountFlags.bind + mountFlags.remount + flags, 0], required: true};
}

/** A program that ends with 0, or with 1 as soon as a call that is required fails. */
export function program(steps: readonly Call[]): Buffer {
	return plainProgram(steps, 'x64');
}
