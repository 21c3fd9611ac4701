import {cString, writeCallProgram, type Call} from '../../guest/program/call-program.ts';
import type {ProgramArchitecture} from '../../guest/program/program-file.ts';
import {
	callsOf,
	cloneTree,
	currentDirectory,
	directoryOnly,
	emptyPath,
	lastDescriptor,
	moveByDescriptors,
	moveDescriptor,
	newMounts,
	noLinks,
	ownMemory,
	pathOnly,
	privateMounts,
	readOnlyAttribute,
	takeMemory,
	type MakeCall,
} from '../../guest/program/usual-calls.ts';
import {limitTerminals, tellTerminals, terminalsBytes} from './terminals-program.ts';

/** What it says when it begins with a group of places, and when it is through with all. */
export const marks = {group: '.', done: '!'} as const;

/** The first descriptor that is free once all behind it are closed. */
const free = 3;
/** Behind what is told of terminals: the path of a mount namespace. */
const namespaceBytes = 64;
const output = 1;

/** All of the container. */
interface ToldPlaces {
	readonly empty: {readonly directory: string; readonly file: string};
	/** Become read-only where they are. */
	readonly fixed: readonly string[];
}

/**
 * A program of the host that is begun before the container that it is for, and told of that by its standard input; where it is told nothing
 * it ends. It limits the container's pseudo-terminals, makes some places read-only, and puts something empty over others, by no link at all, as far as they are
 * there: group by group, of which it says each when it begins with it, by one byte of its output. It may wait there for ever.
 */
export function toldProgram(groups: ReadonlyArray<readonly string[]>, {empty, fixed}: ToldPlaces, architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const required = {required: true};
	const {at, bytes} = ownMemory;
	const cover = coverOf(call, empty, architecture);
	const work = [
		call('openat', [currentDirectory, at + terminalsBytes, 0], required),
		// Its root is that of the namespace then.
		call('setns', [free, newMounts], required),
		call('close', [free]),
		...fixPlaces(call, fixed),
		...groups.flatMap((places) => [call('write', [output, cString(marks.group), 1]), ...places.flatMap(cover)]),
		call('write', [output, cString(marks.done), 1]),
	];
	return writeCallProgram(
		[
			takeMemory(call),
			call('close_range', [free, lastDescriptor, 0], required),
			call('read', [0, at, bytes], required),
			...limitTerminals(call, {at, context: free}),
			...(groups.length + fixed.length === 0 ? [] : work),
			call('exit_group', [0]),
		],
		[call('exit_group', [1])],
		architecture,
	);
}

/** What the program is to be told; of terminals nothing where there is no `terminals`. */
export function tellProgram(namespace: string, terminals: {readonly path: string; readonly options: readonly string[]} | undefined): Buffer {
	const told = Buffer.alloc(terminalsBytes + namespaceBytes);
	if (terminals !== undefined) tellTerminals(terminals.path, terminals.options)?.copy(told);
	told.write(namespace, terminalsBytes, namespaceBytes - 1, 'latin1');
	return told;
}

/** Mounts each place on itself, read-only, as far as that can be: whoever wants to know looks at the mounts. */
function fixPlaces(call: MakeCall, places: readonly string[]): Call[] {
	const tree = free;
	const nothing = cString('');
	const readonly = {fields: [readOnlyAttribute, 0, 0, 0]};
	return places.flatMap((place) => {
		const at = cString(place);
		return [
			call('open_tree', [currentDirectory, at, cloneTree], {skips: 3}),
			call('mount_setattr', [tree, nothing, emptyPath, readonly, 32], {skips: 1}),
			call('move_mount', [tree, nothing, currentDirectory, at, moveDescriptor]),
			call('close', [tree]),
		];
	});
}

/** Covers one place, whatever it is. Nothing is cloned for what is not there: the kernel takes its time to throw that away. */
function coverOf(call: MakeCall, empty: ToldPlaces['empty'], architecture: ProgramArchitecture): (place: string) => Call[] {
	const place = free;
	const mount = (source: string, tree: number): Call[] => [
		call('open_tree', [currentDirectory, cString(source), cloneTree], {required: true}),
		call('mount_setattr', [tree, cString(''), emptyPath, {fields: [readOnlyAttribute, 0, privateMounts, 0]}, 32]),
		call('move_mount', [tree, cString(''), place, cString(''), moveByDescriptors]),
	];
	const ofDirectory = mount(empty.directory, free + 2);
	const ofFile = mount(empty.file, free + 1);
	const always = [
		call('openat2', [place, cString('.'), {fields: [pathOnly + directoryOnly[architecture], 0, noLinks]}, 24], {skips: ofDirectory.length + 1}),
		...ofDirectory,
		// No such descriptor: goes past the next ones.
		call('close', [lastDescriptor], {skips: ofFile.length}),
		...ofFile,
		call('close_range', [place, lastDescriptor, 0]),
	];
	return (path) => [call('openat2', [currentDirectory, cString(path), {fields: [pathOnly, 0, noLinks]}, 24], {skips: always.length}), ...always];
}
