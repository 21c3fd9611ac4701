import type {Stats} from 'node:fs';

/** What of an entry tells since when it is there. */
type Times = Pick<Stats, 'birthtimeMs' | 'ctimeMs' | 'nlink' | 'isFile'>;

/** How long a removal may get nowhere, in ms of its own work. */
const usualVainMs = 5000;
/** Time in which it gets on makes good so much of that: who mixes what is new with what was there does not keep it busy. */
const worth = 4;
/** However long one step takes, a process that was stopped meanwhile too. */
const mostAtOnceMs = 200;
/**
 * How long all of it may take, in ms: whoever keeps a directory locked now and then makes each entry take long. So much for each entry of a slow
 * disk, and for each byte, yet not more for all bytes, which cost nothing to have; and for how much at most one step counts.
 */
const pace = {first: 10_000, entry: 10, byte: 1 / 100_000, bytes: 60_000, atOnce: 5000} as const;

/**
 * Whether the removal of a tree gets on, however long it takes: whoever has a directory of it open may go on filling it, and what is
 * removed then is no progress. One entry in a while is looked at: that there is none, or that it was made since the removal began, is
 * time in vain.
 */
export class RemovalProgress {
	readonly #mostVainMs: number;
	#passes = 0;
	#beganMs: number | undefined;
	#isOld: boolean | undefined;
	#vainMs = 0;
	#spentMs = 0;
	#allowedMs: number = pace.first;
	/** What is removed in one step may take so long by its size; and all that is left to come. */
	#dueMs = 0;
	#dueLeftMs: number = pace.bytes;

	constructor(mostVainMs = usualVainMs) {
		this.#mostVainMs = mostVainMs;
	}

	/** The tree is gone through once more. By the file system's own clock; the first time counts. */
	begin(ms: number): void {
		this.#beganMs ??= ms;
		this.#passes++;
	}

	/** Whether what is removed next is to be looked at. */
	get isAsking(): boolean {
		return this.#isOld === undefined;
	}

	/**
	 * An entry has been removed; how it looked before that. A file system that does not tell when it was made tells of its last change. An old
	 * one that has changed since tells nothing where its name may be new: a file that has more of them, or what may have been moved here.
	 */
	removed(entry: Times): void {
		const {birthtimeMs, ctimeMs, nlink} = entry;
		const beganMs = this.#beganMs ?? Number.POSITIVE_INFINITY;
		const isOld = (birthtimeMs || ctimeMs) <= beganMs;
		if (isOld && ctimeMs > beganMs && (nlink > 1 || !entry.isFile())) return;
		this.#isOld ??= isOld;
	}

	/** A directory has been found that is not empty: what there is at all is found so the first time. */
	full(times: Times): void {
		if (this.#passes === 1) this.removed(times);
	}

	/** So much time has passed since this was asked; false: it gets nowhere, or is held up. */
	getsOn(passedMs: number): boolean {
		const ms = Math.min(passedMs, mostAtOnceMs);
		const countedMs = Math.min(passedMs, pace.atOnce);
		const bySizeMs = Math.min(countedMs, this.#dueMs, this.#dueLeftMs);
		this.#spentMs += countedMs - bySizeMs;
		this.#dueLeftMs -= bySizeMs;
		this.#dueMs = 0;
		this.#vainMs = Math.max(0, this.#vainMs + (this.#isOld === true ? -worth * ms : ms));
		this.#isOld = undefined;
		return this.#vainMs <= this.#mostVainMs && !this.isHeldUp;
	}

	/** It takes longer than any disk would: somebody holds it up. */
	get isHeldUp(): boolean {
		return this.#spentMs > this.#allowedMs;
	}

	/** An entry has gone; what it took of the disk, where that is known and no other name has it. */
	went(bytes: number): void {
		this.#allowedMs += pace.entry;
		this.#dueMs += bytes * pace.byte;
	}
}
