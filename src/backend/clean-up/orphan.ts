import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../core/clock-ms.ts';
import {parseUri} from '../../spec/parse/parse-uri.ts';
import type {BackendName} from '../../spec/types.ts';
import type {OwnerRecord} from '../guest/state/state-directory.ts';
import {listProcesses, rootUser} from '../host/processes.ts';
import {removeCgroupsOf} from '../container/cgroups/container-cgroups.ts';
import {findController, isControllerOf, type Controller} from '../container/controller.ts';

const deadlineMs = 5000;
const stepMs = 20;

type Orphan = Pick<OwnerRecord, 'name' | 'uuid' | 'uri' | 'qemu'>;

type Ways = Readonly<Record<BackendName, (orphan: Orphan, patienceMs: number) => Promise<boolean>>>;

const ways: Ways = {container: endContainer, machine: endMachine};
const givenUp: Ways = {container: endContainer, machine: killMachine};

/** Ends a sandbox that libvirtd does not look after any more, because it is gone. Gives false when something still runs. */
export function endOrphan(record: Orphan, patienceMs = deadlineMs): Promise<boolean> {
	return ways[parseUri(record.uri).backend](record, patienceMs);
}

/** Ends what libvirtd has ended, as far as that could: a container with a process that it cannot kill it lists no more. */
export function endGivenUp(record: Orphan, patienceMs = deadlineMs): Promise<boolean> {
	return givenUp[parseUri(record.uri).backend](record, patienceMs);
}

/** Kills a machine's QEMU, which virtiofsd follows. */
async function killMachine(orphan: Orphan, patienceMs: number): Promise<boolean> {
	const {killQemu} = await import('../machine/machine-process.ts');
	return killQemu(orphan, patienceMs);
}

/** The same, and removes what libvirtd would have removed. */
async function endMachine(orphan: Orphan, patienceMs: number): Promise<boolean> {
	if (!(await killMachine(orphan, patienceMs))) return false;
	const {name, uri} = orphan;
	if (name === undefined) return true;
	const {removeMachineRemains} = await import('../machine/machine-remains.ts');
	await removeMachineRemains({name, uri});
	return true;
}

/** Kills a container's init, waits for its controller (`libvirt_lxc`) to follow, and removes the cgroups that libvirtd would have removed. */
async function endContainer({name, uuid}: Orphan, patienceMs: number): Promise<boolean> {
	if (name === undefined) return true;
	const until = clockMs() + patienceMs;
	for (;;) {
		const controllers = findControllers(name);
		const found = controllers.find((each) => each.uuid === uuid);
		if (found !== undefined) {
			return outlive(found, patienceMs);
		}
		// Its libvirtd may have died in the middle of a start, which the controller goes on with: whose it is shows when its init runs. An init
		// that was killed, and waits for a process that does not end, says it no more.
		if (controllers.every((each) => each.uuid !== undefined)) return true;
		if (clockMs() > until) return false;
		await wait(stepMs);
	}
}

/** Ends a container whose libvirtd is gone, given its controller. */
export async function outlive(controller: Controller, patienceMs = deadlineMs): Promise<boolean> {
	controller.killInit();
	const until = clockMs() + patienceMs;
	while (controller.isAlive()) {
		if (clockMs() > until) {
			return false;
		}
		await wait(stepMs);
	}
	// A process that has just ended may count as one of its cgroup for a moment longer.
	while (!removeCgroupsOf(controller.pid) && clockMs() < until) {
		await wait(stepMs);
	}
	return true;
}

/** The controllers of the domains with this name; several libvirtds may have one each. */
function findControllers(name: string): Controller[] {
	return listProcesses([rootUser], (each) => isControllerOf(each, name)).flatMap(({pid}) => findController(pid, name) ?? []);
}
