import type {SignalInbox, WatchedSignal} from '../terminal/signal-inbox.ts';
import type {Ending} from './virt-sandbox-end.ts';

/** How long putting away may take after an end that was asked for, or after the time limit, in ms. */
const hurryMs = 10_000;

/** Once the command has ended: a signal that ends programs gives up what is left to do, as an end that was asked for does after a while. */
export function hurryAt(
	signals: Pick<SignalInbox, 'listen'>,
	hear: (signal: WatchedSignal) => void,
	{hurried}: Pick<Ending, 'hurried'>,
	afterMs = hurryMs,
): AbortSignal {
	const hurry = new AbortController();
	signals.listen((signal) => {
		hear(signal);
		if (signal !== 'SIGUSR1' && signal !== 'SIGUSR2') hurry.abort();
	});
	void hurried.then(() => setTimeout(() => hurry.abort(), afterMs).unref());
	return hurry.signal;
}
