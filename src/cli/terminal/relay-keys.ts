import type {Readable, Writable} from 'node:stream';
import {stepEscape} from './escape-key.ts';

/** How long the escape key waits for a second press, in milliseconds. */
const escapeWaitMs = 400;
/** A guest that takes nothing for so long, in milliseconds, is not waited for: its terminal is full, and drops what is typed. */
const fullMs = 1000;

export interface RelayKeysOptions {
	/** The byte of the key that leaves; undefined: none does. */
	readonly escape: number | undefined;
	/** The escape key was pressed, and `rest` after it. */
	onLeave(rest: Uint8Array): void;
	/** The terminal is gone. */
	onHangup(): void;
}

/** Passes keys to the guest, no faster than it takes them, and looks for the escape key, whether the guest takes any or not. Gives what ends that. */
export function relayKeys(keys: Readable, guest: Writable, {escape, onLeave, onHangup}: RelayKeysOptions): () => void {
	let waiting = false;
	let timer: NodeJS.Timeout | undefined;
	let fullTimer: NodeJS.Timeout | undefined;
	let isFull = false;
	const goOn = (full: boolean): void => {
		clearTimeout(fullTimer);
		isFull = full;
		keys.resume();
	};
	const drained = (): void => goOn(false);
	const send = (bytes: Uint8Array): void => {
		if (bytes.length === 0 || isFull || !guest.writable || guest.write(bytes)) return;
		keys.pause();
		fullTimer = setTimeout(goOn, fullMs, true);
	};
	const stop = (): void => {
		clearTimeout(timer);
		clearTimeout(fullTimer);
		guest.off('drain', drained);
		keys.off('data', take);
		keys.pause();
	};
	/** What is typed from here on is for whoever reads next. */
	const leave = (rest: Uint8Array): void => {
		stop();
		onLeave(rest);
	};
	const take = (chunk: Buffer): void => {
		clearTimeout(timer);
		const step = stepEscape(waiting, chunk, escape);
		waiting = step.waiting;
		send(step.pass);
		if (step.leave) leave(step.rest);
		else if (waiting) timer = setTimeout(leave, escapeWaitMs, step.rest);
	};
	keys.on('data', take);
	keys.on('end', onHangup);
	keys.on('error', onHangup);
	guest.on('drain', drained);
	// The guest's end of the terminal closes before its exit arrives.
	guest.on('error', () => {});
	return stop;
}
