import {once} from 'node:events';
import {join} from 'node:path';
import {within} from '../../core/within.ts';
import {givenUp} from '../guest/state/remove-tree.ts';
import type {SkeletonEntry} from '../guest/root/root-plan.ts';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import {isEmptyFile} from '../guest/state/tree-entries.ts';
import type {Caller} from '../host/caller.ts';
import {ifThere} from '../host/files/if-there.ts';
import type {ContainerPlan} from '../container/container-plan.ts';
import {cString, writeCallProgram} from '../guest/program/call-program.ts';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import {programPlace} from '../guest/program/program-place.ts';
import {runOnce} from '../guest/program/run-once.ts';
import {callsOf, currentDirectory, lastDescriptor} from '../guest/program/usual-calls.ts';
import {Held} from './leftover-files.ts';

/** For how long it may be held up. */
const mostMs = 10_000;

/** What of a container's plan its users see of its state. */
export type ShownState = Pick<ContainerPlan, 'root' | 'made' | 'program'>;

/**
 * Removes the directories of a container's state that its users may list, `/` and what covers something, and so may keep locked: nobody can
 * even look there then. It takes a process of its own, of some milliseconds, that is left behind where it waits.
 */
export async function removeListed(
	{root: {skeleton}, made, program}: ShownState,
	state: StateDirectory,
	{caller, signal}: {readonly caller: Caller; readonly signal: AbortSignal | undefined},
): Promise<void> {
	const {path, root, io} = state;
	const covers = [...made, {name: 'empty-directory', entries: []}].map(({name, entries}) => removalsIn(join(io, name), entries));
	// libvirt makes .oldroot.
	const removals = [...covers, removalsIn(root, [...skeleton, {kind: 'directory', path: '.oldroot'}])].flat();
	const place = programPlace('removal', state, caller);
	const remover = removalProgram(removals, program.architecture);
	// Undefined: there is no room for it, say; what is left is seen.
	const child = ifThere(() => runOnce(place, remover, 'told'));
	if (child === undefined) return;
	child.stdin?.on('error', () => undefined);
	// One that could not be begun has ended: what is left is seen.
	const ended = once(child, 'exit').catch(() => undefined);
	const aborted = Promise.withResolvers<void>();
	const abort = (): void => aborted.resolve();
	signal?.addEventListener('abort', abort, {once: true});
	if (signal?.aborted === true) abort();
	const isOver = await Promise.race([within(ended, mostMs), aborted.promise.then(() => within(ended, 0))]);
	signal?.removeEventListener('abort', abort);
	child.stdin?.destroy();
	if (isOver) return;
	throw signal?.aborted === true ? givenUp(path, signal.reason) : new Held({path, temporary: []}, `process ${child.pid ?? ''} gets nowhere`);
}

interface Removal {
	readonly path: string;
	readonly isDirectory: boolean;
}

const ofDirectories = 0x200;
/** Behind the standard streams. */
const firstOther = 3;

/** A program of the host that removes these files and empty directories, one after the other. */
function removalProgram(entries: readonly Removal[], architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const removals = entries.map(({path, isDirectory}) => call('unlinkat', [currentDirectory, cString(path), isDirectory ? ofDirectories : 0]));
	// It may be left behind, and keep nothing of its caller's open.
	const closeRest = call('close_range', [firstOther, lastDescriptor, 0]);
	return writeCallProgram([closeRest, ...removals, call('exit_group', [0])], [], architecture);
}

/** A directory and what was made in it, what is inside first; nothing that has content by now. */
function removalsIn(directory: string, entries: readonly SkeletonEntry[]): Removal[] {
	const inside = entries.toReversed().map(({kind, path}) => ({kind, path: `${directory}/${path}`}));
	const free = inside.filter(({kind, path}) => kind !== 'file' || isEmptyFile(Buffer.from(path)));
	return [...free.map(({kind, path}) => ({path, isDirectory: kind === 'directory'})), {path: directory, isDirectory: true}];
}
