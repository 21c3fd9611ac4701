/** What of a stream tells that it has closed: an event, once, and from then on this. */
interface Closing {
	readonly closed: boolean;
	once(event: 'close', hear: () => void): unknown;
}

/** The same of the end of what can be read. */
interface Ending extends Closing {
	readonly readableEnded: boolean;
	once(event: 'close' | 'end', hear: () => void): unknown;
}

/** Calls back when a stream has closed: soon where that has been, as no event tells it any more. */
export function onceClosed(stream: Closing, hear: () => void): void {
	if (stream.closed) queueMicrotask(hear);
	else stream.once('close', hear);
}

/** Calls back once when nothing more can be read of a stream: all has been, or it has closed. Soon where that has been. */
export function onceOver(stream: Ending, hear: () => void): void {
	let isTold = false;
	const tell = (): void => {
		if (!isTold) hear();
		isTold = true;
	};
	if (stream.readableEnded) queueMicrotask(tell);
	else stream.once('end', tell);
	onceClosed(stream, tell);
}
