import {readFileSync, rmdirSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../../core/clock-ms.ts';
import {isCode} from '../../../core/is-code.ts';
import {identifyProcess} from '../../host/process-identity.ts';
import {listDirectories, listDomainCgroups, machineName} from '../../limits/domain-cgroups.ts';

const goingMs = 2000;
const stepMs = 20;

/**
 * Removes the cgroups of a container whose controller has ended, and ends who is left in them. False: one of them is not empty yet. By its name
 * too: another pid namespace may have a controller of the same number.
 */
export function removeCgroupsOf({pid, name}: {readonly pid: number; readonly name: string}): boolean {
	return removeWhere((owner, machine) => owner === pid && machine === machineName('lxc', owner, name));
}

/**
 * Removes cgroups of containers of this name whose controllers are gone, and ends who is left in them: libvirtd leaves them when either
 * dies in the middle of a start. A controller that is just going is waited for.
 */
export async function removeLeftoverCgroups(name: string): Promise<void> {
	const until = clockMs() + goingMs;
	let isAnyAlive: boolean;
	do {
		isAnyAlive = false;
		const isStale = (owner: number, machine: string): boolean => {
			if (machine !== machineName('lxc', owner, name)) return false;
			const isGone = identifyProcess(owner) === undefined;
			isAnyAlive ||= !isGone;
			return isGone;
		};
		if (removeWhere(isStale) && !isAnyAlive) return;
		await wait(stepMs);
	} while (clockMs() < until);
}

function removeWhere(isWanted: (owner: number, machine: string) => boolean): boolean {
	let isDone = true;
	for (const {path, machine, id} of listDomainCgroups('lxc')) {
		if (isWanted(id, machine)) isDone = removeTree(path) && isDone;
	}
	return isDone;
}

/** Those of the container's own making are below it. */
function removeTree(directory: string): boolean {
	for (const entry of listDirectories(directory)) {
		removeTree(`${directory}/${entry}`);
	}
	try {
		rmdirSync(directory);
		return true;
	} catch (error) {
		if (!isCode(error, 'EBUSY')) return true;
		endThoseIn(directory);
		return false;
	}
}

/** Who serves an image (qemu-nbd) writes it out and goes. */
function endThoseIn(directory: string): void {
	try {
		for (const line of readFileSync(`${directory}/cgroup.procs`, 'latin1').split('\n')) {
			// 0 is somebody of another pid namespace.
			if (Number(line) > 1) process.kill(Number(line), 'SIGTERM');
		}
	} catch {
		// It went between the two.
	}
}
