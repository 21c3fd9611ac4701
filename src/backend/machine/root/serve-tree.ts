import {execFile} from 'node:child_process';
import {chownSync, existsSync, rmSync} from 'node:fs';
import type {Socket} from 'node:net';
import {setTimeout as wait} from 'node:timers/promises';
import {promisify} from 'node:util';
import {clockMs} from '../../../core/clock-ms.ts';
import {ShellError} from '../../../core/errors.ts';
import {safeText} from '../../../core/text.ts';
import {within} from '../../../core/within.ts';
import {once} from '../../../core/once.ts';
import type {StateDirectory} from '../../guest/state/state-directory.ts';
import {ifThere} from '../../host/files/if-there.ts';
import {readMountTable, showsPart} from '../../host/mounts/mount-table.ts';
import {openFiles, readLimits} from '../../host/process-bounds.ts';
import type {StartOptions} from '../../types.ts';
import {heldMs, heldUp} from '../../guest/root/held-homes.ts';
import {programPlace} from '../../guest/program/program-place.ts';
import {resolveSource} from '../../start/temporary-sources.ts';
import {machinePaths} from '../machine-document.ts';
import type {MachinePlan} from '../machine-plan.ts';
import {findQemus} from '../machine-process.ts';
import type {HostTree, TreeBind} from './host-tree.ts';
import {treeProgram} from './tree-program.ts';
import {launchTree, type TreeRun} from './launch-tree.ts';
import {isLeftAlone} from './left-alone.ts';
import {homesOf, homesPasser, inGuest} from './past-homes.ts';

/** How long virtiofsd may take to wait for QEMU, which a busy host makes long, since it was last begun; and between two looks. */
const waitsMs = {most: 20_000, step: 2};
const endedMs = 5000;

/** Of the host, one for each that a guest knows, until its own memory is short; less than that hardly any workload has enough of. */
const manyFiles = 10_000;

/** What an overlay keeps with the files of its upper directory; no other attribute is set or seen. */
const userAttributes = ',xattr,xattrmap=:ok:all:user.:::bad:all:::';

/** A virtiofsd of ours that serves a machine's tree. */
export interface ServedTree {
	/** Lets QEMU's user have the socket, once virtiofsd waits there, with this SELinux label. */
	ready(user: {readonly uid: number; readonly gid: number}, label: string | undefined, signal?: AbortSignal): Promise<void>;
	/** Tells where it may open few files; to be asked once QEMU has connected, since virtiofsd raises its limit after it has begun to listen. */
	tellLimit(): void;
	/** It has ended, and the machine's QEMU goes on. */
	readonly lost: Promise<ShellError>;
	/** virtiofsd lives as long as somebody has this open. */
	readonly life: Socket;
	/** Ends it, if it is still there; false: what it was asked for keeps it, and it ends when that lets go. */
	stop(): Promise<boolean>;
}

/** What of a machine's plan that takes. */
type ServedPlan = Pick<MachinePlan, 'spec' | 'uri'> & {readonly root: Pick<MachinePlan['root'], 'tree'>};

/** Starts virtiofsd on the tree of a plan, which it alone sees. Does not wait for it. */
export function serveTree(
	plan: ServedPlan,
	virtiofsd: string,
	{
		state,
		uuid,
		temporary,
		options: {caller, voice},
	}: {state: StateDirectory; uuid: string; temporary: readonly string[]; options: Pick<StartOptions, 'caller' | 'voice'>},
): ServedTree {
	const paths = machinePaths(state);
	const hasUpper = plan.spec.mounts.some((mount) => mount.type === 'overlay' && mount.upper !== undefined);
	// mknod and setfcap: no file that a guest makes gives anybody on the host more than they have. Written as all versions take it.
	// Each file system of the host is one in the guest, where inodes have numbers of their own.
	const options = `source=${state.root},sandbox=chroot,announce_submounts,modcaps=-mknod:-setfcap${hasUpper ? userAttributes : ''}`;
	const words = [virtiofsd, `--socket-path=${paths.tree}`, '-o', options];
	const sourceOf = (source: string): string => resolveSource(source, temporary);
	const launch = (tree: HostTree): TreeRun => launchTree(programPlace('tree', state, caller), treeProgram({at: state.root, tree, sourceOf, words}));
	let tree = plan.root.tree;
	let run = launch(tree);
	const lost = Promise.withResolvers<ShellError>();
	let isStopped = false;
	let stopped: Promise<boolean> | undefined;
	const tell = async (exited: Promise<void>, qemu: number): Promise<void> => {
		const isRunning = (): boolean => findQemus({uuid, uri: plan.uri, qemu}).length > 0;
		if (!(await isLeftAlone(exited, {isStopped: () => isStopped, isRunning}))) return;
		lost.resolve(
			new ShellError('failed', 'virtiofsd, which gave the machine the directories of the host, has ended', {
				hint: 'See in the log of the kernel why it ended (out of memory?)',
			}),
		);
	};
	const passHomes = homesPasser();
	/** Where a user has whoever looks into their home wait, all of that is covered. */
	const goPast = (at: HostTree['mounts'][number] | undefined): boolean => {
		const past = passHomes(tree, at);
		if (past === undefined) return false;
		run.end();
		rmSync(paths.tree, {force: true});
		voice.notice(
			'warning',
			'home-covered',
			`The machine sees nothing of ${past.homes.map(inGuest).join(', ')}: whoever looks there may wait for ever`,
			heldUp,
		);
		({tree} = past);
		run = launch(tree);
		return true;
	};
	return {
		async ready({uid, gid}, label, signal) {
			let until = clockMs() + waitsMs.most;
			let stuckMs = heldMs.first;
			/** At mounts of one home together: a user may let each of them wait for a while. */
			const spentMs = new Map<string, number>();
			let last = clockMs();
			for (;;) {
				if (existsSync(paths.tree)) {
					const led = findLed(tree, run.pid, state.root);
					if (led === undefined) break;
					const place = led.path.startsWith('more/') ? safeText(sourceOf(led.source)) : inGuest(led.path);
					throw new ShellError('refused', `The way to ${place} changed while the machine started`, {
						hint: 'Try again; if it happens again, mount directories that nobody else writes to',
					});
				}
				if (run.isOver()) {
					await within(run.toldAll, endedMs);
					throw explain(run, {tree, sourceOf});
				}
				const at = mountAt(tree, run.steps);
				const place = homesOf(at)[0] ?? at?.path ?? '';
				const now = clockMs();
				spentMs.set(place, (spentMs.get(place) ?? 0) + now - last);
				last = now;
				if (((spentMs.get(place) ?? 0) > stuckMs || now > until) && goPast(at)) {
					until = now + waitsMs.most;
					stuckMs = heldMs.further;
					spentMs.clear();
				} else if (now > until)
					throw new ShellError('failed', `virtiofsd does not wait for QEMU after ${waitsMs.most / 1000} s`, {hint: 'Is the host too busy?'});
				signal?.throwIfAborted();
				await wait(waitsMs.step);
			}
			void tell(run.exited, uid);
			chownSync(paths.tree, uid, gid);
			if (label !== undefined) await promisify(execFile)('chcon', [label, paths.tree], {timeout: endedMs});
		},
		tellLimit() {
			const most = openFilesOf(run.pid);
			if (most >= manyFiles) return;
			const message = `The machine can use no more than ${most} files of the host at a time; beyond that its programs are told "Too many open files in system"`;
			voice.notice('warning', 'lacks', message, 'Give this process a higher hard limit of open files, as with LimitNOFILE= or --ulimit nofile=');
		},
		lost: lost.promise,
		get life() {
			return run.life;
		},
		stop() {
			isStopped = true;
			run.life.destroy();
			stopped ??= within(run.exited, endedMs);
			// It may have ended since.
			return stopped.then((isOver) => isOver || run.isOver());
		},
	};
}

/** Most that a process may have open; one that has ended is told of elsewhere. */
function openFilesOf(pid: number | undefined): number {
	const limits = pid === undefined ? undefined : ifThere(() => readLimits(pid));
	return limits?.[openFiles]?.[0] ?? Number.POSITIVE_INFINITY;
}

/** What a run that has told so often is about to mount: it tells once at its beginning, and before each mount. */
function mountAt({mounts}: HostTree, steps: number): HostTree['mounts'][number] | undefined {
	return mounts[steps - 2];
}

/**
 * A mount in the tree that a process serves which shows something else than the plan has seen: whoever may change the way there has led the one
 * who made it to another mount. `at`: where the tree was put together, which virtiofsd then has as its root.
 */
function findLed({mounts}: HostTree, pid: number | undefined, at: string): TreeBind | undefined {
	// Most trees have none.
	const table = once(() => ifThere(() => readMountTable(`/proc/${pid ?? 0}`)) ?? []);
	return mounts.find((mount): mount is TreeBind => {
		if (mount.kind !== 'bind' || mount.shown === undefined) return false;
		const {path, shown} = mount;
		const found = table().findLast(({mountPoint}) => mountPoint === `/${path}` || mountPoint === `${at}/${path}`);
		// Who may rename its place has it lie elsewhere. A process that has ended has none.
		return table().length > 0 && (found === undefined || !showsPart(found, shown));
	});
}

interface Told {
	readonly tree: HostTree;
	readonly sourceOf: (source: string) => string;
}

function explain({fault, steps, said: saying}: Pick<TreeRun, 'fault' | 'steps' | 'said'>, {tree, sourceOf}: Told): ShellError {
	if (fault !== undefined) {
		return new ShellError('unavailable', 'The program that shares the directories of the host cannot be started', {
			hint: 'Are both /run and /var/cache mounted noexec? One of them has to allow programs',
			cause: fault,
		});
	}
	const mount = mountAt(tree, steps);
	if (steps <= 1) {
		return new ShellError('unavailable', 'Cannot make a mount namespace with a memory file system, in which the machine gets the directories of the host', {
			hint: 'That takes root with all capabilities; inside a container it may be forbidden',
		});
	}
	if (mount !== undefined) {
		const what = mount.kind === 'bind' ? safeText(sourceOf(mount.source)) : `something empty at ${mount.path}`;
		return new ShellError('failed', `Cannot mount ${what} for the machine`, {hint: 'Is it still there, and is the kernel 5.12 or later?'});
	}
	const said = safeText(saying().trim().split('\n').at(-1) ?? '');
	return new ShellError('failed', `virtiofsd does not start${said === '' ? '' : `: ${said}`}`, {hint: 'Try it by hand: virtiofsd --help'});
}
