/** How often is looked, in ms. */
export const tickMs = 250;

export interface Silence {
	/** Something has come. */
	break(): void;
	stop(): void;
}

interface SilenceOptions {
	/** What has come waits for its reader, which is no silence. */
	readonly isHeldUp: () => boolean;
	/** How many ticks of silence are enough, at this moment. A tick is `tickMs`. */
	readonly patience: () => number;
}

/** Calls back once a stream has been silent for long. Ticks are counted, not time: this process may have been stopped, with bytes waiting. */
export function onSilence({isHeldUp, patience}: SilenceOptions, hear: () => void): Silence {
	let quiet = 0;
	const timer = setInterval(() => {
		quiet = isHeldUp() ? 0 : quiet + 1;
		if (quiet < patience()) return;
		clearInterval(timer);
		hear();
	}, tickMs);
	return {break: () => void (quiet = 0), stop: () => clearInterval(timer)};
}
