import {clockMs} from '../../core/clock-ms.ts';
import type {ParsedCommand} from '../../shell/language/parse-script.ts';

/** Commands whose own words tell how a sandbox ended. */
const enders = new Set(['stop', 'destroy']);
/** How long after the command the list of what runs may still bring the news, in milliseconds. */
const lateMs = 3000;

/** The ends of sandboxes that a command asks for, and tells of by itself. */
export function createAskedEnds(now: () => number = () => clockMs()) {
	let target: unknown;
	let overAt: number | undefined;
	return {
		/** What runs in front now, undefined: nothing; and the sandbox that it means where it names none. */
		running(next: Pick<ParsedCommand, 'command' | 'args'> | undefined, current: string | undefined): void {
			if (next === undefined) {
				overAt ??= now();
			} else {
				target = enders.has(next.command.name) ? (next.args['name'] ?? current) : undefined;
				overAt = undefined;
			}
		},
		/** Whether the command that runs, or did a moment ago, ends the sandbox of this name. */
		has: (name: string): boolean => name === target && (overAt === undefined || now() - overAt <= lateMs),
	};
}
