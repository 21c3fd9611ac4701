import {PassThrough} from 'node:stream';
import {onceClosed} from '../../core/stream-ends.ts';
import type {GuestSession} from '../../backend/types.ts';
import type {HeldConsole} from './console-entry.ts';

/** Lends a console to the terminal while its emulator goes on. */
export function lendConsole(entry: HeldConsole): {readonly session: GuestSession; giveBack(): void} {
	const stdout = new PassThrough();
	const stdin = new PassThrough();
	stdout.write(entry.emulator.replay());
	const guestInput = entry.session.stdin;
	const goOn = (): void => void stdin.resume();
	// A guest that does not read holds the terminal back.
	stdin.on('data', (chunk: Uint8Array) => {
		if (!guestInput.write(chunk)) stdin.pause();
	});
	guestInput.on('drain', goOn);
	const tap = (chunk: Uint8Array): void => {
		// A person who is slow holds the guest back.
		if (!stdout.write(chunk)) {
			entry.session.stdout.pause();
			stdout.once('drain', () => entry.session.stdout.resume());
		}
	};
	entry.taps.add(tap);
	entry.attached = true;
	const end = (): void => void stdout.end();
	onceClosed(entry.session.stdout, end);
	return {
		session: {
			stdin,
			stdout,
			stderr: undefined,
			kill: (signal) => entry.session.kill(signal),
			resize(size) {
				if (!entry.isFixed) entry.resize(size);
			},
			exited: entry.session.exited,
		},
		giveBack() {
			entry.attached = false;
			entry.taps.delete(tap);
			guestInput.off('drain', goOn);
			entry.session.stdout.off('close', end);
			entry.session.stdout.resume();
			stdin.destroy();
			stdout.destroy();
		},
	};
}
