import {execFile} from 'node:child_process';
import {chownSync, existsSync, readFileSync} from 'node:fs';
import {Socket} from 'node:net';
import {setTimeout as wait} from 'node:timers/promises';
import {promisify} from 'node:util';
import {clockMs} from '../../core/clock-ms.ts';
import {ShellError} from '../../core/errors.ts';
import {safeText} from '../../core/text.ts';
import {within} from '../../core/within.ts';
import {onceClosed} from '../../core/stream-ends.ts';
import {treeProgram} from '../guest/machine/tree-program.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import type {Caller} from '../types.ts';
import {isLeftAlone} from './left-alone.ts';
import {machinePaths} from './machine-document.ts';
import type {MachinePlan} from './machine-plan.ts';
import {findQemus} from './machine-process.ts';
import {programPlace} from './program-place.ts';
import {runOnce} from './run-once.ts';
import {resolveSource} from './temporary-sources.ts';

/** How long virtiofsd may take to wait for QEMU, which a busy host makes long, and between two looks. */
const waitsMs = {most: 20_000, step: 2};
const endedMs = 5000;

/** Lists of who may read a file besides what its mode says; no other attribute is set or seen. */
const accessLists = ',xattr,posix_acl,xattrmap=:ok:all:system.posix_acl_::';
/** Linux heeds no such list in a mount of its own below a share: the whole tree is one. Versions without the word have it so by themselves. */
const asOneMount = 'no-announce-submounts';
/** What an overlay keeps with the files of its upper directory. */
const userAttributes = ':ok:all:user.::';
const noOthers = ':bad:all:::';

/** A virtiofsd of ours that serves a machine's tree. */
export interface ServedTree {
	/** Lets QEMU's user have the socket, once virtiofsd waits there, with this SELinux label. */
	ready(user: {readonly uid: number; readonly gid: number}, label: string | undefined): Promise<void>;
	/** It has ended, and the machine's QEMU goes on. */
	readonly lost: Promise<ShellError>;
	/** virtiofsd lives as long as somebody has this open. */
	readonly life: Socket;
	/** Ends it, if it is still there. */
	stop(): Promise<void>;
}

/** Starts virtiofsd on the tree of a plan, which it alone sees. Does not wait for it. */
export function serveTree(
	plan: MachinePlan,
	virtiofsd: string,
	{state, uuid, temporary, caller}: {state: StateDirectory; uuid: string; temporary: readonly string[]; caller: Caller},
): ServedTree {
	const paths = machinePaths(state);
	const {tree} = plan.root;
	const hasUpper = plan.spec.mounts.some((mount) => mount.type === 'overlay' && mount.upper !== undefined);
	// mknod and setfcap: no file that a guest makes gives anybody on the host more than they have. Written as all versions take it.
	const options = `source=${state.root},sandbox=chroot,modcaps=-mknod:-setfcap${accessLists}${hasUpper ? userAttributes : ''}${noOthers}`;
	const words = [virtiofsd, `--socket-path=${paths.tree}`, '-o', options, ...(readFileSync(virtiofsd).includes(asOneMount) ? [`--${asOneMount}`] : [])];
	const sourceOf = (source: string): string => resolveSource(source, temporary);
	const program = programPlace('tree', state, caller);
	const child = runOnce(program, treeProgram({at: state.root, tree, sourceOf, words}), {log: paths.treeLog});
	let fault: Error | undefined;
	let isOver = false;
	const exited = new Promise<void>((resolve) => {
		child.once('error', (error) => {
			fault = error;
			resolve();
		});
		child.once('exit', () => resolve());
	}).then(() => void (isOver = true));
	const life = child.stdio[3];
	if (!(life instanceof Socket)) throw new ShellError('failed', 'virtiofsd has no line to this process');
	life.unref();
	let steps = 0;
	life.on('data', (bytes: Buffer) => (steps += bytes.length));
	life.on('error', () => undefined);
	const toldAll = new Promise<void>((resolve) => onceClosed(life, resolve));
	const lost = Promise.withResolvers<ShellError>();
	let isStopped = false;
	const tell = async (): Promise<void> => {
		const isRunning = (): boolean => findQemus({uuid, uri: plan.uri}).length > 0;
		if (!(await isLeftAlone(exited, {isStopped: () => isStopped, isRunning}))) return;
		lost.resolve(
			new ShellError('failed', 'virtiofsd has ended, through which the machine had the directories of the host', {
				hint: 'See in the log of the kernel why it ended (out of memory?)',
			}),
		);
	};
	void tell();
	return {
		async ready({uid, gid}, label) {
			const until = clockMs() + waitsMs.most;
			while (!existsSync(paths.tree)) {
				if (isOver) {
					await within(toldAll, endedMs);
					throw explain(fault, {steps, plan, sourceOf, log: paths.treeLog});
				}
				if (clockMs() > until)
					throw new ShellError('failed', `virtiofsd does not wait for QEMU after ${waitsMs.most / 1000} s`, {hint: 'Is the host too busy?'});
				await wait(waitsMs.step);
			}
			chownSync(paths.tree, uid, gid);
			if (label !== undefined) await promisify(execFile)('chcon', [label, paths.tree], {timeout: endedMs});
		},
		lost: lost.promise,
		life,
		async stop() {
			isStopped = true;
			life.destroy();
			await within(exited, endedMs);
		},
	};
}

/** Whether the mount that holds a path lets no program be executed, as some hosts have /run. */
interface Told {
	/** How far the program came: it tells once at its beginning, and before each mount. */
	readonly steps: number;
	readonly plan: MachinePlan;
	readonly sourceOf: (source: string) => string;
	readonly log: string;
}

function explain(fault: Error | undefined, {steps, plan, sourceOf, log}: Told): ShellError {
	if (fault !== undefined) {
		return new ShellError('unavailable', 'The program that shares the directories of the host cannot be started', {
			hint: 'Are both /run and /var/cache mounted noexec? One of them has to allow programs',
			cause: fault,
		});
	}
	const mount = plan.root.tree.mounts[steps - 2];
	if (steps <= 1) {
		return new ShellError('unavailable', 'Cannot make a mount namespace with a memory file system, in which the machine gets the directories of the host', {
			hint: 'That takes root with all capabilities; inside a container it may be forbidden',
		});
	}
	if (mount !== undefined) {
		const what = mount.kind === 'bind' ? safeText(sourceOf(mount.source)) : `something empty at ${mount.path}`;
		return new ShellError('failed', `Cannot mount ${what} for the machine`, {
			hint: 'Is it still there, and is the kernel 5.12 or later?',
		});
	}
	const said = safeText(readFileSync(log, 'utf8').trim().split('\n').at(-1) ?? '');
	return new ShellError('failed', `virtiofsd does not start${said === '' ? '' : `: ${said}`}`, {hint: 'Try it by hand: virtiofsd --help'});
}
