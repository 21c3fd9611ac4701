import {join} from 'node:path';
import type {Image} from '../../spec/types.ts';
import {checkImage} from '../guest/image/check-image.ts';
import {refuseOrders} from '../guest/image/file-systems.ts';
import type {HeldDevices} from '../guest/image/held-devices.ts';
import {refuseMember} from '../guest/image/host-member.ts';
import type {OpenedBasis} from '../machine/checked-opened.ts';
import type {ContainerPlan} from '../container/container-plan.ts';
import type {AskLoop, LoopImage} from '../container/images/loop-images.ts';
import type {ProgramArchitecture} from '../guest/program/program-file.ts';
import type {MachinePlan} from '../machine/machine-plan.ts';
import {creatingBy, type Link} from './link.ts';

interface ImageStart {
	/** Where all state directories are, and the locks of such starts. */
	readonly states: string;
	/** Where a program may lie that asks loop devices. */
	readonly asking: () => string;
	readonly signal: AbortSignal | undefined;
	readonly held: HeldDevices;
}

/** A link that looks at the images once more right before a create: since the plan was made they may have been written to. */
export function linkCheckingImages<Each extends Image>(link: Link, images: readonly Each[], check: (image: Each) => unknown): Link {
	if (images.length === 0) return link;
	return creatingBy(link, (create) => {
		for (const image of images) check(image);
		return create();
	});
}

type ContainerImage = ContainerPlan['images'][number];

function checkOfContainer(image: ContainerImage, held: HeldDevices): void {
	checkImage(image, held);
	refuseMember(image);
	if ('fileSystems' in image) refuseOrders(image, held);
}

/** The same for a container, whose create is begun anew when its images that are not raw were in the way, and whose raw images nobody else may have. */
export function linkForImages(
	link: Link,
	{images, nbdImages, loopImages, begin}: Pick<ContainerPlan, 'images' | 'nbdImages' | 'loopImages' | 'begin'>,
	start: ImageStart,
): Link {
	let linked = linkCheckingImages(link, images, (image) => checkOfContainer(image, start.held));
	if (nbdImages.length > 0) {
		linked = creatingBy(linked, async (create) => {
			const {createWithNbd} = await import('../container/images/nbd-images.ts');
			return createWithNbd({images: nbdImages, create, lock: join(start.states, 'nbd.lock'), signal: start.signal});
		});
	}
	return aloneInLoops(linked, loopImages, begin.architecture, start);
}

/** A link whose create has files alone that a loop device, or a QEMU beside one, would write to as well. */
function aloneInLoops(link: Link, images: readonly LoopImage[], architecture: ProgramArchitecture, {states, asking, signal}: ImageStart): Link {
	if (images.length === 0) return link;
	return creatingBy(link, async (create) => {
		const [{createWithLoops}, {fileInLoop}, {refuseLocked}] = await Promise.all([
			import('../container/images/loop-images.ts'),
			import('../container/images/file-in-loop.ts'),
			import('../container/images/refuse-locked.ts'),
		]);
		const ask: AskLoop = (device) => fileInLoop(`/dev/${device}`, asking(), architecture);
		const createUnlocked = (): Promise<boolean> => {
			for (const image of images) refuseLocked(image);
			return create();
		};
		return createWithLoops({images, create: createUnlocked, ask, lock: join(states, 'loop.lock'), signal});
	});
}

/** The same for a machine, whose guest begins only once what its QEMU has opened was looked at. */
export async function linkForMachine(link: Link, plan: MachinePlan, basis: Omit<OpenedBasis, 'held'>, start: ImageStart): Promise<Link> {
	const {shared, root, program} = plan;
	if (shared.exports.length === 0 && root.disks.length === 0) return link;
	const {linkCheckingOpened} = await import('../machine/checked-opened.ts');
	const images = root.disks.map(({source, readonly}) => ({source, isReadonlyMount: readonly}));
	return aloneInLoops(linkCheckingOpened(link, plan, {...basis, held: start.held}), images, program.architecture, start);
}
