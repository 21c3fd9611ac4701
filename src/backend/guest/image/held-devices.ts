import type {ImageFile} from './image-file.ts';

/** The block devices that one sandbox alone may write to for as long as it lives: neither libvirt nor QEMU reserves any. */
export class HeldDevices {
	readonly #letGo = new Map<string, () => void>();

	/** False: the host, or another sandbox, has it. May be asked again, as a create may be begun anew. */
	hold(image: Pick<ImageFile, 'identity' | 'takeAlone'>): boolean {
		if (this.#letGo.has(image.identity)) return true;
		const letGo = image.takeAlone();
		if (letGo === undefined) return false;
		this.#letGo.set(image.identity, letGo);
		return true;
	}

	/** Nothing writes to them any more. */
	release(): void {
		for (const letGo of this.#letGo.values()) letGo();
		this.#letGo.clear();
	}
}
