/** How soon the escape key must be typed again to reach the guest, in milliseconds. */
const againMs = 400;

export interface RouteOptions {
	/** The byte of the key that leaves a console; undefined: none does. */
	readonly escape: number | undefined;
	/** The console that has the keyboard; undefined: the keys are the screen's. */
	readonly console: () => string | undefined;
	readonly toConsole: (key: string, bytes: Uint8Array) => void;
	readonly toKeys: (bytes: Uint8Array) => void;
	/** The escape key: the keyboard goes back to the prompt. */
	readonly leave: () => void;
	/** The escape key again: the keyboard goes back to the console. */
	readonly enterAgain: (key: string) => void;
	readonly now: () => number;
}

/** Sends what is typed to a console or to the screen, byte by byte where the escape key parts them. */
export function createByteRoute({escape, console, toConsole, toKeys, leave, enterAgain, now}: RouteOptions): (chunk: Uint8Array) => void {
	let left: {readonly key: string; readonly at: number} | undefined;
	return function route(chunk) {
		if (chunk.length === 0) {
			return;
		}
		const last = left;
		left = undefined;
		const key = console();
		if (key === undefined) {
			if (last !== undefined && escape !== undefined && chunk[0] === escape && now() - last.at < againMs) {
				enterAgain(last.key);
				toConsole(last.key, chunk.subarray(0, 1));
				route(chunk.subarray(1));
				return;
			}
			toKeys(chunk);
			return;
		}
		const at = escape === undefined ? -1 : chunk.indexOf(escape);
		if (at === -1) {
			toConsole(key, chunk);
			return;
		}
		if (at > 0) {
			toConsole(key, chunk.subarray(0, at));
		}
		leave();
		left = {key, at: now()};
		route(chunk.subarray(at + 1));
	};
}
