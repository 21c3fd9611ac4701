import {ShellError} from '../../../core/errors.ts';
import type {Image} from '../../../spec/types.ts';
import {withImage} from './image-file.ts';

/**
 * Refuses an image that a sandbox would have twice and could write to, by whatever names: two file systems over one file destroy it, and for
 * a container libvirt makes a device of each and mounts both before anybody can look.
 */
export function refuseTwice(images: ReadonlyArray<Image & {readonly readonly: boolean}>): void {
	if (images.length < 2) return;
	const known = images.map((image) => ({...image, identity: withImage(image.source, ({identity}) => identity)}));
	for (const {source, identity, readonly} of known) {
		const same = known.filter((other) => other.identity === identity);
		if (readonly || same.length < 2) continue;
		const other = same.find((each) => each.source !== source);
		throw new ShellError('refused', `The image ${source} is given twice${other === undefined ? '' : `, as ${other.source} too`}`, {
			hint: 'Give it once; a guest-bind shows what it holds at a second place. Several mounts of one image all have to be read-only (ro)',
		});
	}
}
