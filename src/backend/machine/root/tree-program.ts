import {cString, writeCallProgram, type Call} from '../../guest/program/call-program.ts';
import {cloneTree, currentDirectory, emptyPath, lastDescriptor, moveByDescriptors, newMounts, noLinks, pathOnly} from '../../guest/program/usual-calls.ts';
import {calls, mountFlags, mountNew, remountBound} from '../programs/system-calls.ts';
import type {HostTree, TreeCover} from './host-tree.ts';

/** Descriptors of the program: what its starter holds the other end of, and what is open while it works. */
const [life, top, from, clone, onto] = [3, 4, 5, 6, 7];
const [setFlags, setOwner, setSignal] = [4, 8, 10];
const [async, closeOnExec, directory] = [0x2000, 0x8_0000, 0x1_0000];
const kill = 9;
/** By no link, and within the tree: nothing of the host can lead a mount elsewhere. */
const inTree = 0x10 + noLinks;
const [attrReadOnly, attrNoSuid, attrNoDev] = [1n, 2n, 4n];
const isPrivate = 1n << 18n;

interface TreeProgram {
	/** An empty directory of the host, where the tree is seen by this program and what it becomes, by nobody else. */
	readonly at: string;
	readonly tree: HostTree;
	/** The sources of the binds as they are, of which some were only named in the tree. */
	readonly sourceOf: (source: string) => string;
	/** What the program becomes. */
	readonly words: readonly string[];
}

/**
 * A program of the host that puts a tree together in a mount namespace of its own, and becomes another that serves it. Read-only but
 * for what is writable in the tree, without set-user-ids and devices everywhere. It writes a byte to descriptor 3 before each mount, so that
 * its starter knows how far it came, and the kernel kills it, and what it becomes, as soon as nobody has the other end open.
 */
export function treeProgram({at, tree, sourceOf, words}: TreeProgram): Buffer {
	const path = (name: string): Buffer => cString(`${at}/${name}`);
	return writeCallProgram(
		[
			{number: calls.getpid, args: []},
			{number: calls.fcntl, args: [life, setOwner], takesResult: true, required: true},
			{number: calls.fcntl, args: [life, setSignal, kill], required: true},
			{number: calls.fcntl, args: [life, setFlags, async], required: true},
			// What else the caller of its starter has open is nothing of what it becomes; and the numbers above hold.
			{number: calls.close_range, args: [top, lastDescriptor, 0], required: true},
			tell,
			{number: calls.umask, args: [0o22]},
			{number: calls.unshare, args: [newMounts], required: true},
			{number: calls.mount, args: [cString(''), cString('/'), cString(''), mountFlags.recursive + mountFlags.slave, 0], required: true},
			mountNew('tmpfs', at, 'mode=755,size=16m', mountFlags.noSuid + mountFlags.noDev),
			...tree.entries.flatMap((entry): Call[] => {
				switch (entry.kind) {
					case 'symlink':
						return [{number: calls.symlink, args: [cString(entry.to), path(entry.path)], required: true}];
					case 'directory':
						return [
							{number: calls.mkdir, args: [path(entry.path), 0o755], required: true},
							...(entry.mode === undefined ? [] : [{number: calls.chmod, args: [path(entry.path), entry.mode], required: true}]),
						];
					case 'file':
						return [
							{number: calls.creat, args: [path(entry.path), entry.mode ?? 0o644], required: true},
							{number: calls.close, args: [top]},
						];
				}
			}),
			{number: calls.open, args: [cString(at), pathOnly + directory + closeOnExec, 0], required: true},
			...tree.mounts.flatMap((mount): Call[] => {
				if (mount.kind === 'bind') return attach(sourceOf(mount.source), {...mount, mayBeGone: !mount.isAsked});
				if (mount.ifThere === true) return coverIfThere(at, mount);
				return attach(`${at}/nothing/${mount.of}`, {path: mount.path, readonly: true, mayBeGone: mount.mayBeGone === true});
			}),
			remountBound(at, mountFlags.readOnly + mountFlags.noSuid + mountFlags.noDev),
			tell,
			{number: calls.execve, args: [cString(words[0] ?? ''), words.map(cString), [cString('PATH=/usr/sbin:/usr/bin:/sbin:/bin')]], required: true},
		],
		[{number: calls.exit_group, args: [125]}],
	);
}

const tell: Call = {number: calls.write, args: [life, cString('.'), 1], required: true};

interface Attached {
	readonly path: string;
	readonly readonly: boolean;
	/** Nobody asked for it: where somebody has taken it away since the plan, its place too, the tree has none of it either. */
	readonly mayBeGone: boolean;
}

function attach(source: string, {path, readonly, mayBeGone}: Attached): Call[] {
	const orGoPast = (count: number): Partial<Call> => (mayBeGone ? {skips: count} : {required: true});
	const close = [from, clone, onto].map((descriptor): Call => ({number: calls.close, args: [descriptor]}));
	const open: Call[] = [
		{number: calls.open_tree, args: [from, cString(''), cloneTree + closeOnExec + emptyPath], required: true},
		{
			number: calls.mount_setattr,
			args: [clone, cString(''), emptyPath, quads(attrNoSuid + attrNoDev + (readonly ? attrReadOnly : 0n), 0n, isPrivate, 0n), 32],
			required: true,
		},
		{
			number: calls.openat2,
			args: [top, cString(path), quads(BigInt(pathOnly + closeOnExec), 0n, BigInt(inTree)), 24],
			...orGoPast(1),
		},
		{number: calls.move_mount, args: [clone, cString(''), onto, cString(''), moveByDescriptors], required: true},
	];
	return [
		tell,
		{
			number: calls.openat2,
			args: [currentDirectory, cString(source), quads(BigInt(pathOnly + closeOnExec), 0n, BigInt(noLinks)), 24],
			...orGoPast(open.length),
		},
		...open,
		...close,
	];
}

/** Nothing is cloned for what is not there: the kernel takes its time to throw that away. */
function coverIfThere(at: string, {path, of}: TreeCover): Call[] {
	const place = from;
	const cover = (kind: 'directory' | 'file', tree: number): Call[] => [
		{number: calls.open_tree, args: [currentDirectory, cString(`${at}/nothing/${kind}`), cloneTree + closeOnExec], required: true},
		{number: calls.mount_setattr, args: [tree, cString(''), emptyPath, quads(attrNoSuid + attrNoDev + attrReadOnly, 0n, isPrivate, 0n), 32]},
		{number: calls.move_mount, args: [tree, cString(''), place, cString(''), moveByDescriptors]},
	];
	const close: Call[] = [place, clone, onto].map((descriptor) => ({number: calls.close, args: [descriptor]}));
	const [ofDirectory, ofFile] = [cover('directory', onto), cover('file', clone)];
	const lookAtDirectory = {number: calls.openat2, args: [place, cString('.'), quads(BigInt(pathOnly + directory + closeOnExec), 0n, BigInt(noLinks)), 24]};
	const made: Call[] = [
		{...lookAtDirectory, skips: ofDirectory.length + 1},
		...ofDirectory,
		// No such descriptor: goes past the next ones.
		{number: calls.close, args: [lastDescriptor], skips: of === 'any' ? ofFile.length : 0},
		...(of === 'any' ? ofFile : []),
		...close,
	];
	return [
		tell,
		{number: calls.openat2, args: [top, cString(path), quads(BigInt(pathOnly + closeOnExec), 0n, BigInt(inTree)), 24], skips: made.length},
		...made,
	];
}

function quads(...values: readonly bigint[]): Buffer {
	const bytes = Buffer.alloc(values.length * 8);
	for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(value, index * 8);
	return bytes;
}
