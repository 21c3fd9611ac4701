import {ShellError} from '../../../core/errors.ts';
import {findImageFormat} from '../../../spec/image-formats.ts';
import type {Image} from '../../../spec/types.ts';
import {detectFormat, type KnownFormat} from './detect-format.ts';
import {findReference} from './find-reference.ts';
import type {HeldDevices} from './held-devices.ts';
import {withImage, type ImageFile} from './image-file.ts';

/**
 * Refuses an image that looks like another format than was said, and one that refers to other files where that is not allowed.
 * A guest that may write to an image chooses what the next start finds in it. Gives which file that was, as `identityOf` says.
 * `held`: has a device that may be written to from then on; without it, the device is only looked at.
 */
export function checkImage({source, format, chain, readonly = false}: Image & {readonly readonly?: boolean}, held?: HeldDevices): string {
	return withImage(source, (image) => {
		// libvirtd, which opens it for the sandbox, is root.
		if (!readonly && !image.mayWrite) {
			throw new ShellError('refused', `The image ${source} cannot be written to`, {hint: 'Add ro to make it read-only, or look at its rights'});
		}
		if (!readonly) refuseInUse(source, image, held);
		const detected = detectFormat(image) ?? 'raw';
		if (detected !== format) {
			const message = format === 'raw' ? `The image ${source} looks like ${detected}, but should be raw` : `The image ${source} is not ${format}`;
			throw new ShellError('refused', message, {hint: hintFor(detected)});
		}
		const reference = chain ? undefined : findReference(image, format);
		if (reference !== undefined) {
			throw new ShellError('refused', `The image ${source} ${reference}`, {
				hint: 'A sandbox that could write to it may have done that. Add chain=yes if everything that it refers to may be opened',
			});
		}
		return image.identity;
	});
}

function isFree({claim}: Pick<ImageFile, 'claim'>): boolean {
	const letGo = claim();
	letGo?.();
	return letGo !== undefined;
}

/** Refuses a device that the host has mounted, or otherwise for itself, or another sandbox: what two of them write would destroy it. */
export function refuseInUse(source: string, image: Pick<ImageFile, 'identity' | 'claim'>, held?: HeldDevices): void {
	if (held?.hold(image) ?? isFree(image)) return;
	throw new ShellError('refused', `The image ${source} is in use by another sandbox or by this host (mounted, as swap, or as a part of another device)`, {
		hint: `End that sandbox, or have the host let go of it (\`lsblk ${source}\` shows what has it); or only let it be read: --disk file:TAG=${source},ro`,
	});
}

function hintFor(detected: KnownFormat): string {
	if (detected === 'raw') return 'Leave format= out: nothing in it suggests a format other than raw';
	return findImageFormat(detected) === undefined
		? `libvirt knows no images of the format ${detected}. Convert it: qemu-img convert -f ${detected} -O raw OLD NEW`
		: `Add format=${detected} if you made it that way; a sandbox that could write to the image may have written that header`;
}
