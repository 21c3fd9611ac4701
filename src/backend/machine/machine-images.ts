import {mayLeadOn} from '../../spec/image-formats.ts';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import type {Voice} from '../types.ts';
import type {MachineDisk} from './domain/layout.ts';
import type {Owner} from './lent-images.ts';
import type {MachinePlan} from './machine-plan.ts';

/** Before a machine is made: gives its images to QEMU's user, as far as that is ours to do. */
export async function lendMachineImages(plan: MachinePlan, {path}: StateDirectory, user: Owner, voice: Pick<Voice, 'notice'>): Promise<void> {
	const images = imagesToLend(plan);
	if (images.length > 0) await (await import('./lent-images.ts')).lendImages(path, images, user, voice);
}

/** After its end: gives them back. */
export async function returnMachineImages(plan: MachinePlan, {path}: StateDirectory, voice: Pick<Voice, 'notice'>): Promise<void> {
	if (imagesToLend(plan).length > 0) await (await import('./lent-images.ts')).returnImages(path, voice);
}

/** Of an image that leads to others libvirt gives itself away what it finds, and takes back what may be written to. */
function imagesToLend({lendsImages, root}: MachinePlan): readonly MachineDisk[] {
	return lendsImages ? root.disks.filter((disk) => disk.readonly || !mayLeadOn(disk)) : [];
}
