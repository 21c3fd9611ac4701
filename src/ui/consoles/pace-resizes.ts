import type {TerminalSize} from '../../backend/types.ts';

/** A program that is told of another size while it draws for the one before may miss it (vim does), in milliseconds. */
const apartMs = 250;

/** Passes sizes on as they come, but no two right after each other: of those that come meanwhile the last. */
export function paceResizes(resize: (size: TerminalSize) => void, ms: number = apartMs): (size: TerminalSize) => void {
	let next: TerminalSize | undefined;
	let timer: NodeJS.Timeout | undefined;
	const pass = (size: TerminalSize): void => {
		next = undefined;
		resize(size);
		timer = setTimeout(() => {
			timer = undefined;
			if (next !== undefined) pass(next);
		}, ms);
		timer.unref();
	};
	return (size) => {
		if (timer === undefined) pass(size);
		else next = size;
	};
}
