import {cString, writeCallProgram, type Call} from '../program/call-program.ts';
import {pumpProgram} from './pump-program.ts';
import {calls, free, mountBound, mountFlags, mountNew} from './system-calls.ts';

const unlockPseudoTerminal = 0x4004_5431;
const hangUp = 0x5437;

/** Small programs of the guest's init: an emulated guest takes 15 ms and more for a tool of busybox, and 4 ms for these. */
export const guestPrograms: Readonly<Record<string, Buffer>> = {
	/** Both do one thing to the terminal that is their standard input, which no tool does. */
	unlock: program([{number: calls.ioctl, args: [0, unlockPseudoTerminal, Buffer.alloc(4)], required: true}]),
	// What was written is still read; then the reader sees the end, and whoever has the terminal open a hang-up.
	hangup: program([{number: calls.ioctl, args: [0, hangUp, 0], required: true}]),
	pump: pumpProgram,
};

/**
 * Joins the kernel's file systems to the new root, which is first bound from `root`. Bound, not moved: busybox goes on needing /proc
 * where it is.
 */
export function kernelMountsProgram(root?: string): Buffer {
	return program([
		...(root === undefined ? [] : [mountBound(root, '/newroot')]),
		...['proc', 'sys', 'dev'].map((name) => mountBound(`/${name}`, `/newroot/${name}`)),
		...Object.entries({fd: '/proc/self/fd', stdin: 'fd/0', stdout: 'fd/1', stderr: 'fd/2'}).map(([name, to]): Call => ({
			number: calls.symlink,
			args: [cString(to), cString(`/dev/${name}`)],
		})),
		{number: calls.mkdir, args: [cString('/dev/pts'), 0o755]},
		mountNew('devpts', '/newroot/dev/pts', 'mode=620,ptmxmode=666'),
	]);
}

/** An empty file system in memory, at a path of the guest before its root is there. */
export interface Ram {
	readonly target: string;
	readonly sizeKiB: number;
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
	readonly readonly: boolean;
}

/** Mounts these, whose directories are there or made. */
export function ramsProgram(rams: readonly Ram[]): Buffer {
	return program(
		rams.flatMap(({target, sizeKiB, mode, uid, gid, readonly}): Call[] => [
			{number: calls.mkdir, args: [cString(target), 0o755]},
			mountNew('tmpfs', target, `size=${sizeKiB}k,mode=${mode.toString(8)},uid=${uid},gid=${gid}`, readonly ? mountFlags.readOnly : 0),
		]),
	);
}

/** Loads modules, and leaves a file of each name in /loaded; ends at the first that cannot be loaded. */
export function loadProgram(names: readonly string[]): Buffer {
	return program(
		names.flatMap((name): Call[] => [
			{number: calls.open, args: [cString(`/modules/${name}`), 0, 0], required: true},
			{number: calls.finitModule, args: [free, cString(''), 0], required: true},
			{number: calls.close, args: [free]},
			{number: calls.creat, args: [cString(`/loaded/${name}`), 0o644]},
			{number: calls.close, args: [free]},
		]),
	);
}

function program(steps: readonly Call[]): Buffer {
	const end = (status: number): Call[] => [{number: calls.exit, args: [status]}];
	return writeCallProgram([...steps, ...end(0)], end(1));
}
