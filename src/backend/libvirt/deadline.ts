import {clockMs} from './clock-ms.ts';

/** A deadline that can be put off while a person is asked. */
export interface Deadline {
	/** Aborts when the time is over, or with the outer signal. */
	readonly signal: AbortSignal;
	/** Lets it take this long from now, if that is later. */
	readonly extend: (ms: number) => void;
	readonly clear: () => void;
}

/** Starts a deadline; `makeError` is given the time in ms that was allowed in all. */
export function startDeadline(ms: number, makeError: (ms: number) => Error, outer: AbortSignal | undefined): Deadline {
	const controller = new AbortController();
	const started = clockMs();
	let allowed = ms;
	const start = (): NodeJS.Timeout => setTimeout(() => controller.abort(makeError(Math.round(allowed))), started + allowed - clockMs());
	let timer = start();
	return {
		signal: outer === undefined ? controller.signal : AbortSignal.any([outer, controller.signal]),
		extend(more) {
			const longer = clockMs() - started + more;
			if (longer > allowed) {
				clearTimeout(timer);
				allowed = longer;
				timer = start();
			}
		},
		clear: () => clearTimeout(timer),
	};
}
