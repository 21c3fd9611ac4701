import {cString, type Call} from '../program/call-program.ts';

/** Numbers of Linux on x86-64, for what a machine's own programs call. */
export const calls = {
	write: 1,
	open: 2,
	close: 3,
	ioctl: 16,
	dup2: 33,
	nanosleep: 35,
	socket: 41,
	execve: 59,
	chdir: 80,
	mkdir: 83,
	creat: 85,
	unlink: 87,
	symlink: 88,
	setsid: 112,
	chroot: 161,
	mount: 165,
	exit: 231,
	finitModule: 313,
};

/** The first descriptor that is free, where the first three are open and this one is closed. */
export const free = 3;

export const mountFlags = {readOnly: 1, bind: 4096, move: 8192};

export function mountNew(type: string, target: string, options: string, flags = 0): Call {
	return {number: calls.mount, args: [cString(type), cString(target), cString(type), flags, cString(options)], required: true};
}

export function mountBound(from: string, to: string): Call {
	return {number: calls.mount, args: [cString(from), cString(to), cString(''), mountFlags.bind, 0], required: true};
}
