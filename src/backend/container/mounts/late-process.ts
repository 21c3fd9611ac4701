import type {ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {onceClosed} from '../../../core/stream-ends.ts';
import {within} from '../../../core/within.ts';
import type {ProgramArchitecture} from '../../guest/program/program-file.ts';
import {ioTarget} from '../../guest/root/root-plan.ts';
import {parseMountTable} from '../../host/mounts/mount-table.ts';
import {runOnce} from '../../guest/program/run-once.ts';
import type {Controller} from '../controller.ts';
import {readLinesOf} from './table-of.ts';
import {marks, tellProgram, toldProgram} from './told-program.ts';

const terminals = '/dev/pts';
/** What covers, in a container. */
const empty = {directory: `${ioTarget}/empty-directory`, file: `${ioTarget}/empty-file`};
/** How long one that was killed may take to go; where it waits in the kernel it never does. */
const goneMs = 200;

/** What became of its covers. */
type Covering =
	| {readonly kind: 'done'}
	/** The kernel is too old, or the container is not ours to see. */
	| {readonly kind: 'failed'}
	/** It waits for ever at this group of places; those before are covered. */
	| {readonly kind: 'stuck'; readonly at: number};

/** A process for a container that is not there yet. */
export interface LateProcess {
	/** Has it do its work in one whose init still waits, undefined where its controller is not ours to see; covers may take it so long. */
	begin(controller: Controller | undefined, mostMs: number): Promise<Covering>;
	/** It is not wanted any more; idempotent. */
	drop(): void;
}

/**
 * Lets a container have few pseudo-terminals: the kernel has one count for all (kernel.pty.max), and without it no further container
 * starts. libvirt mounts them without a limit. Where the kernel is older than 5.2, or the container is not ours to see, there is none.
 * Makes places in it read-only where they are (`fixed`), and covers others, in groups, which may wait for ever. It takes a process of its
 * own, which is begun at `path` while libvirt makes the container.
 */
export function prepareLateProcess(
	path: string,
	{groups, fixed}: {readonly groups: ReadonlyArray<readonly string[]>; readonly fixed: readonly string[]},
	architecture: ProgramArchitecture,
): LateProcess {
	const isWaited = groups.length + fixed.length > 0;
	let reached = 0;
	const done = Promise.withResolvers<boolean>();
	const child = start(path, toldProgram(groups, {empty, fixed}, architecture), isWaited);
	child?.stdout?.setEncoding('latin1').on('data', (told: string) => {
		reached += told.split(marks.group).length - 1;
		// Its end would take a start a millisecond more to hear of.
		if (told.includes(marks.done)) done.resolve(true);
	});
	const ended = child === undefined ? Promise.resolve() : overOf(child);
	void ended.then(() => done.resolve(false));
	/** Of covers that were not made: of none there is nothing to tell. */
	const missed: Covering = {kind: groups.length === 0 ? 'done' : 'failed'};
	const drop = (): void => void child?.stdin?.destroy();
	return {
		async begin(controller, mostMs) {
			const init = controller?.initPid;
			if (init === undefined) drop();
			else child?.stdin?.end(tellProgram(`/proc/${init}/ns/mnt`, describeTerminals(init)));
			if (!isWaited) return {kind: 'done'};
			if (init === undefined) return missed;
			if (!(await within(done.promise, mostMs))) {
				child?.kill('SIGKILL');
				await within(ended, goneMs);
				child?.stdout?.destroy();
				return reached === 0 ? missed : {kind: 'stuck', at: reached - 1};
			}
			return (await done.promise) ? {kind: 'done'} : missed;
		},
		drop,
	};
}

/** Until it has ended, or never began, and all that it said is here. */
async function overOf(child: ChildProcess): Promise<void> {
	const {stdout} = child;
	const said = stdout === null ? Promise.resolve() : new Promise<void>((resolve) => void onceClosed(stdout, resolve));
	await once(child, 'exit').catch(() => undefined);
	await said;
}

function start(path: string, program: Buffer, isWaited: boolean): ChildProcess | undefined {
	// Nobody else has a controller to see.
	if (process.getuid?.() !== 0) return undefined;
	try {
		const child = runOnce(path, program, isWaited ? 'told and telling' : 'told');
		for (const each of [child, child.stdin, child.stdout]) each?.on('error', () => undefined);
		return child;
	} catch {
		// Where it cannot be written or executed there is no limit, and no cover.
		return undefined;
	}
}

/** Undefined: the init has gone, which is told elsewhere, or has other terminals than libvirt gives. */
function describeTerminals(init: number): {readonly path: string; readonly options: readonly string[]} | undefined {
	// Of many lines few may say it.
	const lines = readLinesOf(init)
		?.split('\n')
		.filter((line) => line.includes(` ${terminals} `))
		.join('\n');
	const mount = parseMountTable(lines ?? '').findLast(({mountPoint}) => mountPoint === terminals);
	return mount?.fileSystem === 'devpts' ? {path: `/proc/${init}/root${terminals}`, options: mount.options} : undefined;
}
