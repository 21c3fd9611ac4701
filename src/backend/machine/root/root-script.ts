import {runDirectory} from '../boot/boot-script.ts';
import {freshProgram, type Ram} from './mount-programs.ts';

/** The lines by which a boot script puts its guest's root together, and the programs of the run that they call. */
export class RootScript {
	/** By their names in the directory of the run. */
	readonly programs = new Map<string, Buffer>();
	readonly #lines: string[] = [];
	#fresh: Ram[] = [];
	#isPlain = true;

	get lines(): readonly string[] {
		return this.#lines;
	}

	/** Whether all is within the guest's root by itself; else the script goes on in another shell there, for which an emulated guest takes its time. */
	get isPlain(): boolean {
		return this.#isPlain;
	}

	/** Gives the command that runs a program, from the initramfs's top. */
	addProgram(kind: string, program: Buffer): string {
		const name = `${kind}-${this.programs.size}`;
		this.programs.set(name, program);
		return `.${runDirectory}/${name}`;
	}

	add(...lines: readonly string[]): void {
		this.addPlain(...lines);
		this.#isPlain = false;
	}

	/** Lines that name nothing within the guest's root. */
	addPlain(...lines: readonly string[]): void {
		this.flush();
		this.#lines.push(...lines);
	}

	/** An empty directory that nobody asked for: one program mounts all, as far as nothing else comes between. */
	addFresh(ram: Ram): void {
		this.#fresh.push(ram);
	}

	/** Mounts the empty directories that were added. */
	flush(): void {
		if (this.#fresh.length === 0) return;
		this.#lines.push(`${this.addProgram('rams', freshProgram(this.#fresh))} || fatal mount "cannot mount the empty directories of the guest"`);
		this.#fresh = [];
	}
}
