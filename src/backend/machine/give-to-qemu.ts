import type {StateDirectory} from '../guest/state/state-directory.ts';
import type {StartOptions} from '../types.ts';
import {openTemporaryToQemu} from './machine-files.ts';
import {lendMachineImages} from './machine-images.ts';
import type {MachinePlan} from './machine-plan.ts';
import {requireRoot, requireSeen, requireService, type QemuUser} from './qemu-user.ts';
import type {ServedTree} from './root/serve-tree.ts';

/** Lets the user that a machine's QEMU runs as have what it needs of the machine, before libvirt gives away anything that nobody would give back. */
export async function giveToQemu(
	user: QemuUser,
	{
		plan,
		state,
		served,
		label,
	}: {readonly plan: MachinePlan; readonly state: StateDirectory; readonly served: ServedTree | undefined; readonly label: string | undefined},
	{caller, voice, signal}: StartOptions,
): Promise<void> {
	requireSeen(user, caller);
	requireService(user, caller);
	if (served === undefined) {
		requireRoot(user, caller);
		openTemporaryToQemu(plan, state, user);
	} else await served.ready(user, label, signal);
	await lendMachineImages(plan, state, user, voice);
}
