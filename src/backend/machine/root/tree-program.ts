import {cString, writeCallProgram, type Call} from '../../guest/program/call-program.ts';
import {
	cloneTree,
	currentDirectory,
	emptyPath,
	inertAttributes,
	lastDescriptor,
	moveByDescriptors,
	newMounts,
	noLinks,
	pathOnly,
	privateMounts,
	readOnlyAttribute,
} from '../../guest/program/usual-calls.ts';
import {calls, mountFlags, mountNew, remountBound} from '../programs/system-calls.ts';
import type {HostTree, TreeCover} from './host-tree.ts';

/** Descriptors of the program: what its starter holds the other end of, and what is open while it works. */
const [life, top, from, clone, onto] = [3, 4, 5, 6, 7];
const [setFlags, setOwner, setSignal] = [4, 8, 10];
const [async, closeOnExec, directory] = [0x2000, 0x8_0000, 0x1_0000];
const kill = 9;
/** By no link, and within the tree: nothing of the host can lead a mount elsewhere. */
const inTree = 0x10 + noLinks;

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

/** Opens what a path leads to, of which nothing is followed besides. */
function openPlace(from: number, path: string, {flags = 0, resolve = noLinks}: {readonly flags?: number; readonly resolve?: number} = {}): Call {
	return {number: calls.openat2, args: [from, cString(path), {fields: [pathOnly + closeOnExec + flags, 0, resolve]}, 24]};
}

/** Of a mount that is not in the tree yet. */
function makeInert(mount: number, attributes: number): Call {
	return {number: calls.mount_setattr, args: [mount, cString(''), emptyPath, {fields: [inertAttributes + attributes, 0, privateMounts, 0]}, 32]};
}

const closeAll = [from, clone, onto].map((descriptor): Call => ({number: calls.close, args: [descriptor]}));

function attach(source: string, {path, readonly, mayBeGone}: Attached): Call[] {
	const orGoPast = (count: number): Partial<Call> => (mayBeGone ? {skips: count} : {required: true});
	const mount: Call[] = [
		{number: calls.open_tree, args: [from, cString(''), cloneTree + closeOnExec + emptyPath], required: true},
		{...makeInert(clone, readonly ? readOnlyAttribute : 0), required: true},
		{...openPlace(top, path, {resolve: inTree}), ...orGoPast(1)},
		{number: calls.move_mount, args: [clone, cString(''), onto, cString(''), moveByDescriptors], required: true},
	];
	return [tell, {...openPlace(currentDirectory, source), ...orGoPast(mount.length)}, ...mount, ...closeAll];
}

/** Nothing is cloned for what is not there: the kernel takes its time to throw that away. */
function coverIfThere(at: string, {path, of}: TreeCover): Call[] {
	const place = from;
	const cover = (kind: 'directory' | 'file', tree: number): Call[] => [
		{number: calls.open_tree, args: [currentDirectory, cString(`${at}/nothing/${kind}`), cloneTree + closeOnExec], required: true},
		makeInert(tree, readOnlyAttribute),
		{number: calls.move_mount, args: [tree, cString(''), place, cString(''), moveByDescriptors]},
	];
	const [ofDirectory, ofFile] = [cover('directory', onto), cover('file', clone)];
	const made: Call[] = [
		{...openPlace(place, '.', {flags: directory}), skips: ofDirectory.length + 1},
		...ofDirectory,
		// No such descriptor: goes past the next ones.
		{number: calls.close, args: [lastDescriptor], skips: of === 'any' ? ofFile.length : 0},
		...(of === 'any' ? ofFile : []),
		...closeAll,
	];
	return [tell, {...openPlace(top, path, {resolve: inTree}), skips: made.length}, ...made];
}
