import {mayLeadOn} from '../../spec/image-formats.ts';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import type {StartOptions, Voice} from '../types.ts';
import type {MachineDisk} from './domain/layout.ts';
import {openTemporaryToQemu} from './machine-files.ts';
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
	const images = imagesToLend(plan);
	if (images.length > 0) await (await import('./lent-images.ts')).lendImages(state.path, images, user, voice);
}

/** After its end: gives the images back. */
export async function returnMachineImages(plan: MachinePlan, {path}: StateDirectory, voice: Pick<Voice, 'notice'>): Promise<void> {
	if (imagesToLend(plan).length > 0) await (await import('./lent-images.ts')).returnImages(path, voice);
}

/** As far as that is ours to do. Of an image that leads to others libvirt gives itself away what it finds, and takes back what may be written to. */
function imagesToLend({lendsImages, root}: MachinePlan): readonly MachineDisk[] {
	return lendsImages ? root.disks.filter((disk) => disk.readonly || !mayLeadOn(disk)) : [];
}
