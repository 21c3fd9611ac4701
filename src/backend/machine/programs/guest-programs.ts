import {cString, type Call} from '../../guest/program/call-program.ts';
import {writtenPrograms} from '../../guest/program/written-programs.ts';
import {kernelSettings} from '../../guest/root/root-plan.ts';
import type {ShareTransport} from '../domain/layout.ts';
import {treePlace, type HostTree} from '../root/host-tree.ts';
import {showFile} from '../root/mount-programs.ts';
import {rootTag, type TreeExport} from '../root/tree-exports.ts';
import {pumpProgram} from './pump-program.ts';
import {calls, closeOthers, free, mountBound, mountFlags, mountFrom, mountNew, openStraight, program, remountBound, within} from './system-calls.ts';

const unlockPseudoTerminal = 0x4004_5431;
const hangUp = 0x5437;

/** Small programs of the guest's init: an emulated guest takes 15 ms and more for a tool of busybox, and 4 ms for these. */
export const guestPrograms: Readonly<Record<string, Buffer>> = {
	/** Both do one thing to the terminal that is their standard input, which no tool does. */
	unlock: program([{number: calls.ioctl, args: [0, unlockPseudoTerminal, Buffer.alloc(4)], required: true}]),
	// What was written is still read; then the reader sees the end, and whoever has the terminal open a hang-up.
	hangup: program([{number: calls.ioctl, args: [0, hangUp, 0], required: true}]),
	...writtenPrograms('x64'),
	pump: pumpProgram,
};

/** What a guest mounts of the host. */
interface MountedTree {
	readonly transport: ShareTransport['type'];
	/** Tags and places in the tree of what comes by 9p; virtiofs brings the tree in one. */
	readonly exports: readonly Pick<TreeExport, 'tag' | 'path' | 'readonly' | 'isStill'>[];
	readonly tree: HostTree;
	/** A file of the initramfs, from its top, that a place of the guest shows. */
	readonly shown: ReadonlyArray<{readonly source: string; readonly target: string}>;
}

/**
 * Mounts the tree, binds the root from it and joins the kernel's file systems to that, and devices. Those are bound, not moved: busybox goes on needing
 * /proc where it is. What reaches the kernel itself is read-only: the command cannot mount, so it stays so.
 */
export function rootProgram({transport, exports, tree, shown}: MountedTree): Buffer {
	const ofHost = mountFlags.noSuid + mountFlags.noDev;
	const shares =
		transport === 'virtiofs'
			? [mountFrom(rootTag, `/${treePlace}`, {type: 'virtiofs', options: '', flags: ofHost})]
			: [
					// What lies between the shares is the initramfs's own: wherever it is shown, it is no more than they are.
					mountBound(`/${treePlace}`, `/${treePlace}`),
					remountBound(`/${treePlace}`, ofHost + mountFlags.readOnly),
					...exports.flatMap(({tag, path, readonly, isStill}): Call[] => [
						// A share that is mounted in another one may have a link on its way by now: none is followed.
						...within(treePlace, [openStraight(`/${path}`)]),
						mountFrom(tag, `/proc/self/fd/${free}`, {
							type: '9p',
							// Only mapped memory is kept, until it is unmapped: all else is read from and written to the host at once.
							options: `trans=virtio,version=9p2000.L,msize=262144,cache=${isStill ? 'loose' : 'mmap,directio'}`,
							flags: ofHost + (readonly ? mountFlags.readOnly : 0),
						}),
						{number: calls.close, args: [free]},
					]),
				];
	const writable = tree.mounts.flatMap((mount) => (mount.kind === 'bind' && !mount.readonly && mount.path.startsWith('root/') ? mount.path : []));
	// A sandbox that has been given what lies around it may put a link in its place.
	const bindWritable = (path: string): Call[] => [
		...within(treePlace, openPlace(`/${path}`)),
		...within('newroot', [openStraight(path.slice('root'.length)), mountBound(`/proc/self/fd/${free}`, `/proc/self/fd/${free + 1}`, mountFlags.recursive)]),
		{number: calls.close, args: [free]},
		{number: calls.close, args: [free + 1]},
	];
	return program([
		closeOthers,
		...shares,
		mountBound(`/${treePlace}/root`, '/newroot', mountFlags.recursive),
		remountBound('/newroot', ofHost + mountFlags.readOnly),
		...['proc', 'sys'].map((name) => mountBound(`/${name}`, `/newroot/${name}`)),
		...writable.flatMap(bindWritable),
		remountBound('/newroot/sys', ofHost + mountFlags.readOnly),
		...['/proc/sys', ...kernelSettings].flatMap((path): Call[] => {
			// A kernel need not have all of them.
			const at = `/newroot${path}`;
			return [mountBound(at, at), remountBound(at, ofHost + mountFlags.readOnly)].map((call) => ({...call, required: path === '/proc/sys'}));
		}),
		...commandDevices,
		mountBound(`/${devicesPlace}`, '/newroot/dev'),
		mountNew('devpts', '/newroot/dev/pts', 'mode=620,ptmxmode=666', mountFlags.noSuid),
		...shown.flatMap(({source, target}) => showFile(source, target)),
	]);
}

const devices: Readonly<Record<string, readonly [major: number, minor: number]>> = {
	null: [1, 3],
	zero: [1, 5],
	full: [1, 7],
	random: [1, 8],
	urandom: [1, 9],
	tty: [5, 0],
	ptmx: [5, 2],
};

/** Where the initramfs has what is to be a command's `/dev`, which it adds to by this name alone. */
export const devicesPlace = 'devices';

/** What a command has in its `/dev`: a command that is root could open the kernel's others, which lead into it, or to the host as the init's own ports do. */
const commandDevices: readonly Call[] = [
	mountNew('tmpfs', `/${devicesPlace}`, 'mode=755,size=64k', mountFlags.noSuid),
	{number: calls.umask, args: [0]},
	...Object.entries(devices).map(([name, [major, minor]]): Call => ({
		number: calls.mknod,
		args: [cString(`/${devicesPlace}/${name}`), 0o020_666, major * 256 + minor],
		required: true,
	})),
	...Object.entries({fd: '/proc/self/fd', stdin: 'fd/0', stdout: 'fd/1', stderr: 'fd/2'}).map(([name, to]): Call => ({
		number: calls.symlink,
		args: [cString(to), cString(`/${devicesPlace}/${name}`)],
	})),
	{number: calls.mkdir, args: [cString(`/${devicesPlace}/pts`), 0o755]},
];

/** Opens a directory, mounted as it is then, or a file, by no link. */
function openPlace(path: string): Call[] {
	const notDirectory = 20;
	return [
		{...openStraight(`${path}/.`), required: false},
		{...openStraight(path), required: false, afterErrno: notDirectory},
	];
}

/** Loads modules, and leaves a file of each name in /loaded; ends at the first that cannot be loaded. */
export function loadProgram(names: readonly string[]): Buffer {
	return program(
		names.flatMap((name): Call[] => [
			{number: calls.open, args: [cString(`/modules/${name}`), 0, 0], required: true},
			{number: calls.finit_module, args: [free, cString(''), 0], required: true},
			{number: calls.close, args: [free]},
			{number: calls.creat, args: [cString(`/loaded/${name}`), 0o644]},
			{number: calls.close, args: [free]},
		]),
	);
}
