import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../core/clock-ms.ts';
import {comesTrue} from '../../core/comes-true.ts';
import type {OwnerRecord} from '../guest/state/state-directory.ts';
import {listProcesses, rootUser} from '../host/processes.ts';
import {removeCgroupsOf} from './cgroups/container-cgroups.ts';
import {findController, isControllerOf, type Controller} from './controller.ts';

const deadlineMs = 5000;
const stepMs = 20;

type LeftSandbox = Pick<OwnerRecord, 'name' | 'uuid'>;

/** Kills a container's init, waits for its controller (`libvirt_lxc`) to follow, and removes the cgroups that libvirtd would have removed. */
export async function endLeftover({name, uuid}: LeftSandbox, patienceMs: number): Promise<boolean> {
	if (name === undefined) return true;
	const until = clockMs() + patienceMs;
	for (;;) {
		const controllers = findControllers(name);
		const found = controllers.find((each) => each.uuid === uuid);
		if (found !== undefined) return endByController(found, patienceMs);
		// Its libvirtd may have died in the middle of a start, which the controller goes on with: whose it is shows when its init runs. An init
		// that was killed, and waits for a process that does not end, says it no more.
		if (controllers.every((each) => each.uuid !== undefined)) return true;
		if (clockMs() > until) return false;
		await wait(stepMs);
	}
}

/** Ends a container whose libvirtd is gone, given its controller. */
export async function endByController(controller: Controller, patienceMs = deadlineMs): Promise<boolean> {
	controller.killInit();
	const until = clockMs() + patienceMs;
	if (!(await comesTrue(() => !controller.isAlive(), {mostMs: patienceMs, stepMs}))) return false;
	// A process that has just ended may count as one of its cgroup for a moment longer.
	await comesTrue(() => removeCgroupsOf(controller), {mostMs: until - clockMs(), stepMs});
	return true;
}

/** The controllers of the domains with this name; several libvirtds may have one each. */
function findControllers(name: string): Controller[] {
	return listProcesses([rootUser], (each) => isControllerOf(each, name)).flatMap(({pid}) => findController(pid, name) ?? []);
}
