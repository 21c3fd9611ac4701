import {existsSync} from 'node:fs';
import type {SandboxSpec} from '../../../spec/types.ts';
import {withImage, type ImageFile} from './image-file.ts';

/** How often a directory is looked for, in milliseconds. */
const lookMs = 1000;

/** The block devices that one sandbox alone may write to for as long as it lives: neither libvirt nor QEMU reserves any. */
export class HeldDevices {
	readonly #letGo = new Map<string, () => void>();

	/** False: the host, or another sandbox, has it. May be asked again, as a create may be begun anew. */
	hold(image: Pick<ImageFile, 'identity' | 'claim'>): boolean {
		if (this.#letGo.has(image.identity)) return true;
		const letGo = image.claim();
		if (letGo === undefined) return false;
		this.#letGo.set(image.identity, letGo);
		return true;
	}

	/** Nothing writes to them any more. */
	release(): void {
		for (const letGo of this.#letGo.values()) letGo();
		this.#letGo.clear();
	}

	/** The sandbox may still come, or does not end: what tells of it goes once it is over. */
	releaseOnceGone(statePath: string): void {
		if (this.#letGo.size === 0) return;
		const looking = setInterval(() => {
			if (existsSync(statePath)) return;
			clearInterval(looking);
			this.release();
		}, lookMs);
		// Whoever exits lets go of them too.
		looking.unref();
	}
}

/** Those of a sandbox that has had another owner, as far as they are to be had: it writes to them in any case. */
export function heldAgain({mounts, disks}: Pick<SandboxSpec, 'mounts' | 'disks'>): HeldDevices {
	const held = new HeldDevices();
	const images = [...mounts.filter((mount) => mount.type === 'host-image'), ...disks];
	for (const {source} of images.filter(({readonly}) => !readonly)) {
		try {
			withImage(source, (image) => held.hold(image));
		} catch {}
	}
	return held;
}
