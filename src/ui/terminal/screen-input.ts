import type {ReadStream} from 'node:tty';

interface ScreenInputOptions {
	readonly input: ReadStream;
	/** The terminal tells what the mouse does. */
	readonly mouse: boolean;
	readonly write: (text: string) => void;
	readonly onBytes: (chunk: Uint8Array) => void;
	/** The terminal is gone. */
	readonly onEnd: () => void;
}

/** Marks pastes, so that they do not run by themselves. */
const pasteOn = '\x1b[?2004h';
const pasteOff = '\x1b[?2004l';
/** Buttons and wheel, as SGR 1006 writes them. */
const mouseOn = '\x1b[?1000h\x1b[?1006h';
const mouseOff = '\x1b[?1006l\x1b[?1000l';

/** The person's keyboard: bytes to one place at a time. */
export function createScreenInput({input, mouse, write, onBytes, onEnd}: ScreenInputOptions) {
	let isOpen = false;
	input.on('end', onEnd);
	input.on('error', onEnd);
	return {
		/** Takes the terminal: raw mode, bracketed paste. */
		open(): void {
			if (!isOpen) {
				isOpen = true;
				input.setRawMode(true);
				input.on('data', onBytes);
				input.resume();
				write(mouse ? pasteOn + mouseOn : pasteOn);
			}
		},
		/** Gives the terminal away: as it was. What is typed from now on is left to who has it. */
		close(): void {
			if (isOpen) {
				isOpen = false;
				write(mouse ? mouseOff + pasteOff : pasteOff);
				input.off('data', onBytes);
				input.pause();
				input.setRawMode(false);
			}
		},
	};
}
