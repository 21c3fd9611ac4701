import {existsSync, watch, writeFileSync} from 'node:fs';
import {basename, dirname} from 'node:path';
import {comesTrue} from '../../../core/comes-true.ts';
import {ShellError} from '../../../core/errors.ts';
import {readOrEmpty} from '../../host/files/read-or-empty.ts';
import {cgroupsOf, hostCgroups, type CgroupFacts} from './cgroups-of.ts';

/** Stops a container and lets it go on, where libvirt cannot: with control groups of version 2 alone. libvirt knows nothing of it. */
export interface Freezer {
	readonly isFrozen: boolean;
	/** All its processes stand still when it resolves; rejects with a ShellError where some do not, and then none does. */
	freeze(signal: AbortSignal): Promise<void>;
	thaw(signal: AbortSignal): Promise<void>;
	/** Calls back whenever it may have changed, whoever did it, until what it gives is called. */
	watch(onChange: () => void): () => void;
}

/** How long processes may take to stand still, and between two looks. */
const settleMs = 10_000;
const stepMs = 5;

/** Whether libvirt can suspend no container of this host. */
export function needsFreezer(facts: CgroupFacts = hostCgroups): boolean {
	const mounts = facts.mountTable();
	return (
		mounts.some(({fileSystem}) => fileSystem === 'cgroup2') &&
		!mounts.some(({fileSystem, options}) => fileSystem === 'cgroup' && options.includes('freezer'))
	);
}

/** That of a container, given its first process; undefined: libvirt suspends it, or nothing can. */
export function findFreezer(pid: number, facts?: CgroupFacts): Freezer | undefined {
	if (!needsFreezer(facts)) return undefined;
	const path = cgroupsOf(pid, facts).find(({controllers}) => controllers.length === 0)?.path;
	return path === undefined || !existsSync(`${path}/cgroup.freeze`) ? undefined : open(path);
}

function open(path: string): Freezer {
	// Frozen by what is above it, it is frozen as well.
	const isFrozen = (): boolean => /^frozen 1$/m.test(readOrEmpty(`${path}/cgroup.events`));
	const write = (state: '0' | '1'): void => writeFileSync(`${path}/cgroup.freeze`, state, {flag: 'r+'});
	const settles = (wanted: boolean, signal: AbortSignal): Promise<boolean> => comesTrue(() => isFrozen() === wanted, {mostMs: settleMs, stepMs, signal});
	return {
		get isFrozen() {
			return isFrozen();
		},
		async freeze(signal) {
			let isDone = false;
			try {
				write('1');
				isDone = await settles(true, signal);
			} finally {
				if (!isDone) write('0');
			}
			if (!isDone)
				throw new ShellError('failed', 'Some processes of the sandbox cannot be stopped now', {
					hint: 'They wait for a device or a file system; try again',
				});
		},
		async thaw(signal) {
			write('0');
			if (await settles(false, signal)) return;
			throw new ShellError('failed', 'The sandbox stays suspended: something above its control group is frozen', {
				hint: `Where it was systemd: systemctl thaw '${basename(dirname(path))}'`,
			});
		},
		watch(onChange) {
			try {
				// The kernel tells of changes in this file as of any other's.
				const watcher = watch(`${path}/cgroup.events`, {persistent: false}, onChange);
				watcher.on('error', () => watcher.close());
				return () => watcher.close();
			} catch {
				// The container ended between the two.
				return () => undefined;
			}
		},
	};
}
