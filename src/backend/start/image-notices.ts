import {mayLeadOn} from '../../spec/image-formats.ts';
import type {Image} from '../../spec/types.ts';
import {withImage} from '../guest/image/image-file.ts';
import type {Plan} from '../types.ts';

/** What is told of images that may lead to other files of the host. */
export function chainNotices(images: readonly Image[]): Plan['notices'] {
	return images.filter(mayLeadOn).map(({source}) => ({
		level: 'warning',
		code: 'image-chain',
		message: `The image ${source} may refer to other files of this host, which are opened with it (chain=yes)`,
	}));
}

const blockBytes = 512;

/** What is told of raw disks that end within a block. `isCut`: the kernel's loop device leaves that block out; QEMU fills it with zeros. */
export function endNotices(disks: readonly Image[], {isCut}: {readonly isCut: boolean}): Plan['notices'] {
	return disks.flatMap(({source, format}) => {
		const last = format === 'raw' ? withImage(source, ({size = 0}) => size % blockBytes) : 0;
		if (last === 0) return [];
		const seen = isCut ? `its last ${last} bytes are not seen` : `${blockBytes - last} bytes of zeros are seen behind it`;
		return [{level: 'warning', code: 'image-end', message: `The size of the image ${source} is no multiple of ${blockBytes} bytes: ${seen}`}];
	});
}

/** What is told of images whose owners change for good, where another user than root starts a machine: libvirt gives back what a machine may write to, and nobody but root what it may not. */
export function keptNotices(images: ReadonlyArray<Image & {readonly readonly: boolean}>): Plan['notices'] {
	return images
		.filter(({readonly}) => readonly)
		.map(({source}) => ({
			level: 'warning',
			code: 'image-owner',
			message: `libvirt gives the image ${source} to the user that QEMU runs as, and only a machine that root starts gives it back`,
		}));
}
