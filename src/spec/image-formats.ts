/** Formats of images that libvirt's drivers take. `raw`, the first, is what an image is unless another is said: nobody looks into it to guess. */
export const imageFormats = ['raw', 'qcow2', 'qcow', 'qed', 'vdi', 'vmdk', 'vpc'] as const;

/** How an image is written. */
export type ImageFormat = (typeof imageFormats)[number];

/** The format of that name; undefined: there is none. */
export function findImageFormat(name: string): ImageFormat | undefined {
	return imageFormats.find((format) => format === name);
}

/** Whether an image may lead to other files, which are opened with it. */
export function mayLeadOn({format, chain}: {readonly format: ImageFormat; readonly chain: boolean}): boolean {
	return chain && format !== 'raw';
}
