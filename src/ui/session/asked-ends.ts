/** Commands whose own words tell how a sandbox ended. */
const enders = new Set(['stop', 'shutdown', 'destroy']);
/** How long after the command the list of what runs may still bring the news, in milliseconds. */
const lateMs = 3000;

/** The ends of sandboxes that a command asks for, and tells of by itself. */
export interface AskedEnds {
	/** What runs in front now; undefined: nothing. */
	running(line: string | undefined): void;
	/** Whether the command that runs, or did a moment ago, ends the sandbox of this name. */
	has(name: string, current: string | undefined): boolean;
}

export function createAskedEnds(now: () => number = () => performance.now()): AskedEnds {
	let line = '';
	let overAt: number | undefined;
	return {
		running(next) {
			if (next === undefined) {
				overAt ??= now();
			} else {
				line = next;
				overAt = undefined;
			}
		},
		has(name, current) {
			if (overAt !== undefined && now() - overAt > lateMs) return false;
			const [command = '', ...words] = line.trim().split(/\s+/);
			const names = words.filter((word) => !word.startsWith('-'));
			return enders.has(command) && (names.includes(name) || (names.length === 0 && name === current));
		},
	};
}
