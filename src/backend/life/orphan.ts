import {readdirSync} from 'node:fs';
import type {OwnerRecord} from '../guest/state-directory.ts';
import {removeCgroupsOf} from './container-cgroups.ts';
import {findController, type Controller} from './controller.ts';
import {removeMachineCgroups} from './machine-cgroups.ts';
import {killQemu} from './machine-process.ts';

const deadlineMs = 5000;
const stepMs = 20;

/**
 * Ends a sandbox that libvirtd does not look after any more, because it is gone. A machine: kills its QEMU, and virtiofsd follows.
 * A container: kills its init, waits for its controller (`libvirt_lxc`) to follow, and removes the cgroups that libvirtd would have
 * removed. Gives false when something still runs.
 */
export async function endOrphan(record: Pick<OwnerRecord, 'name' | 'uuid'>): Promise<boolean> {
	if (!(await killQemu(record.uuid, deadlineMs))) {
		return false;
	}
	if (record.name === undefined) {
		return true;
	}
	await removeMachineCgroups(record.name);
	const found = findOrphan(record.name, record.uuid);
	if (found === undefined) {
		return true;
	}
	return outlive(found);
}

/** Ends a container whose libvirtd is gone, given its controller. */
export async function outlive(controller: Controller): Promise<boolean> {
	controller.killInit();
	const until = performance.now() + deadlineMs;
	while (controller.isAlive()) {
		if (performance.now() > until) {
			return false;
		}
		await pause();
	}
	// A process that has just ended may count as one of its cgroup for a moment longer.
	while (!removeCgroupsOf(controller.pid) && performance.now() < until) {
		await pause();
	}
	return true;
}

function pause(): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, stepMs);
	});
}

/** The controller of the domain with this name, if its init is the one of this uuid. */
function findOrphan(name: string, uuid: string): Controller | undefined {
	for (const entry of readdirSync('/proc')) {
		if (!/^\d+$/.test(entry)) {
			continue;
		}
		const controller = findController(Number(entry), name);
		if (controller?.isOf(uuid) === true) {
			return controller;
		}
	}
	return undefined;
}
