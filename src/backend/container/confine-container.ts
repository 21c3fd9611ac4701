import {ShellError} from '../../core/errors.ts';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import type {StartOptions} from '../types.ts';
import {programPlace} from '../guest/program/program-place.ts';
import {checkMounts} from './mounts/check-mounts.ts';
import type {LaidMounts} from './container-mounts.ts';
import type {ContainerPlan} from './container-plan.ts';
import type {Controller} from './controller.ts';
import type {LateCovers} from './mounts/cover-loose.ts';
import {limitProcesses} from './cgroups/limit-processes.ts';
import type {RunningContainer} from './running-container.ts';

interface Confinement {
	readonly mounts: LaidMounts;
	readonly covers: LateCovers;
	readonly state: StateDirectory;
	/** Of files that are made for the guest. */
	readonly label: string | undefined;
	readonly options: Pick<StartOptions, 'caller' | 'voice'>;
}

/** What was done to it, and seen of it. */
type Confined = Pick<RunningContainer, 'limit' | 'servers' | 'tellHandedOn'>;

/**
 * Does to a container whose init still waits what libvirt has no words for, and looks at what libvirt did. Where that fails, the init is
 * killed: libvirt alone would wait for it to heed a signal. `controller`: undefined where it is not ours to see.
 */
export async function confineContainer(plan: ContainerPlan, controller: Controller | undefined, confinement: Confinement): Promise<Confined> {
	try {
		return await confine(plan, controller, confinement);
	} catch (error) {
		controller?.killInit();
		throw error;
	}
}

async function confine(plan: ContainerPlan, controller: Controller | undefined, {mounts, covers, state, label, options}: Confinement): Promise<Confined> {
	const {spec} = plan;
	const {caller, voice} = options;
	if (controller === undefined && caller.uid === 0) {
		voice.notice(
			'warning',
			'not-seen',
			'The container’s processes cannot be seen from here: nothing limits their number or swap, and what libvirt mounted is not checked',
			'Start it where libvirtd runs, in the same namespace of processes',
		);
	}
	// The kernel takes a while for it; the rest goes on beside it, and may fail first.
	const limiting = limitProcesses(spec, controller, voice);
	limiting.catch(() => undefined);
	if (plan.late.size > 0) await (await import('./mounts/mount-late.ts')).mountLate(plan, {mounts, controller, state, label, options});
	// Before there are more to look at.
	checkMounts(mounts, controller, plan);
	const covering = covers.begin(controller);
	covering.catch(() => undefined);
	if (spec.idmap !== undefined && caller.uid === 0) requireOwnCgroups(plan, controller);
	controller?.shield();
	controller?.limitSockets(spec.limits.memoryKiB);
	limitSwap(plan, controller, voice);
	let writing: Pick<Confined, 'servers' | 'tellHandedOn'> = {servers: [], tellHandedOn: () => Promise.resolve()};
	if (plan.images.length > 0) {
		const [{checkOpenedImages}, {tellHandedOn}] = await Promise.all([import('./images/check-opened-images.ts'), import('./images/handed-on.ts')]);
		const {servers, loops} = await checkOpenedImages(plan, controller, programPlace('asking', state, caller));
		writing = {servers, tellHandedOn: () => tellHandedOn(loops, voice)};
	}
	if (spec.networks.length > 0) {
		const {allowPing} = await import('./allow-ping.ts');
		await allowPing(controller, programPlace('ping', state, caller), plan.begin.architecture);
	}
	// What it covers is among what is marked.
	const held = await covering;
	if (plan.images.length > 0) {
		const {stillImages} = await import('./mounts/still-images.ts');
		await stillImages(plan, controller, {state, options});
	}
	if (plan.includes.some(({isDirectory}) => isDirectory)) {
		const {guardIncludes} = await import('./mounts/guard-includes.ts');
		await guardIncludes(plan, controller, {state, options});
	}
	await covers.coverHomes(held, controller);
	return {limit: await limiting, ...writing};
}

/** With control groups of version 1 libvirt gives none away. */
function requireOwnCgroups({mountTable}: ContainerPlan, controller: Controller | undefined): void {
	if (mountTable().some(({fileSystem}) => fileSystem === 'cgroup')) return;
	let cause: unknown;
	try {
		if (controller?.takeBackCgroups() === true) return;
	} catch (error) {
		cause = error;
	}
	throw new ShellError('refused', 'The root of the container would own its control group, and could lift its limits', {
		hint: 'Start it where libvirtd runs, in the same namespaces of processes and control groups, with a /sys/fs/cgroup that can be written to; or without ids of its own',
		cause,
	});
}

/** Where swap is counted apart, libvirt would set too much: memory and swap together. */
function limitSwap({swap}: ContainerPlan, controller: Controller | undefined, voice: StartOptions['voice']): void {
	if (swap.counting !== 'apart' || swap.kib === undefined || controller?.limitSwap(swap.kib) === true || !swap.isAsked) return;
	voice.notice('warning', 'swap-limit', 'Nothing limits the swap of the sandbox', 'Only root can limit it, on a kernel that counts swap');
}
