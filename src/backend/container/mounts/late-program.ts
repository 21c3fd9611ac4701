import type {SkeletonEntry} from '../../guest/root/guest-tree.ts';
import {cString, writeCallProgram, type Call} from '../../guest/program/call-program.ts';
import type {ProgramArchitecture} from '../../guest/program/program-file.ts';
import {
	callsOf,
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
	type MakeCall,
} from '../../guest/program/usual-calls.ts';

/** A mount that is not libvirt's to make. */
export type LateMount = {
	readonly target: string;
	readonly readonly: boolean;
	/** What something else is mounted upon in it, where it is empty. */
	readonly entries?: readonly SkeletonEntry[];
} & (
	| {
			/** `host`: its source is the host's; `guest`: the container's own. */
			readonly kind: 'host' | 'guest';
			readonly source: string;
	  }
	| {
			/** Writable. */
			readonly kind: 'ram';
			readonly options: Readonly<Record<string, string>>;
	  }
);

const [setString, create] = [1, 6];
const required = {required: true};
const regularFile = 0o10_0000;
const [directoryMode, fileMode] = [0o755, 0o644];
/** What the starter has open, the first that is free once all behind it are closed, and where each mount is kept that is nowhere yet. */
const [mounts, opened, kept] = [3, 4, 16];

/**
 * A program of the host that mounts in the mount namespace that is its descriptor 3, in order, by no link at all. It fails where the
 * kernel is older than 5.12, or where one of the places is not as it should be.
 */
export function lateProgram(late: readonly LateMount[], architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	return writeCallProgram(
		[
			call('close_range', [opened, lastDescriptor, 0], required),
			...late.flatMap((mount, index) => (mount.kind === 'guest' ? [] : make(call, mount, kept + index))),
			// Its root is that of the namespace then.
			call('setns', [mounts, newMounts], required),
			...late.flatMap((mount, index) => [
				...(mount.kind === 'guest' ? make(call, mount, kept + index) : []),
				call('openat2', [currentDirectory, cString(mount.target), {fields: [pathOnly, 0, noLinks]}, 24], required),
				call('move_mount', [kept + index, cString(''), opened, cString(''), moveByDescriptors], required),
				call('close', [opened]),
			]),
			call('exit_group', [0]),
		],
		[call('exit_group', [1])],
		architecture,
	);
}

/** Makes a mount that is nowhere yet, and keeps it as a descriptor of this number. */
function make(call: MakeCall, mount: LateMount, keptAs: number): Call[] {
	const tree = opened + 1;
	const keep = [call('dup3', [tree, keptAs, 0], required), call('close', [tree]), call('close', [opened])];
	const entries = (mount.entries ?? []).map(({kind, path}) =>
		kind === 'directory' ? call('mkdirat', [tree, cString(path), directoryMode]) : call('mknodat', [tree, cString(path), regularFile + fileMode, 0]),
	);
	if (mount.kind === 'ram') {
		const options = Object.entries(mount.options).map(([name, value]) => call('fsconfig', [opened, setString, cString(name), cString(value), 0], required));
		return [
			call('fsopen', [cString('tmpfs'), 0], required),
			...options,
			call('fsconfig', [opened, create, 0, 0, 0], required),
			call('fsmount', [opened, 0, inertAttributes], required),
			...entries,
			...keep,
		];
	}
	return [
		call('openat2', [currentDirectory, cString(mount.source), {fields: [pathOnly, 0, noLinks]}, 24], required),
		call('open_tree', [opened, cString(''), cloneTree + emptyPath], required),
		...entries,
		// Whatever is mounted in it, or in what it is a copy of, later on: neither the host nor another sandbox sees it in the other one.
		call('mount_setattr', [tree, cString(''), emptyPath, {fields: [mount.readonly ? readOnlyAttribute : 0, 0, privateMounts, 0]}, 32], required),
		...keep,
	];
}
