import {constants} from 'node:os';

const watched = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
/** A signal that virt-sandbox passes on or obeys. */
export type WatchedSignal = (typeof watched)[number];

/** Where signals to this process arrive; who hears them changes as the sandbox starts and ends. */
export interface SignalInbox {
	/** Sets who hears of signals from now on. */
	listen(listener: (signal: WatchedSignal) => void): void;
}

/**
 * Catches the signals that would end this process, from now to its end.
 * Call it first of all: without a listener, SIGUSR1 opens Node's debugger.
 */
export function openSignalInbox(): SignalInbox {
	let hear: (signal: WatchedSignal) => void = (signal) => process.exit(128 + signalNumber(signal));
	for (const signal of watched) {
		process.on(signal, () => hear(signal));
	}
	return {
		listen(listener) {
			hear = listener;
		},
	};
}

/** The number of a signal on this system. */
export function signalNumber(signal: WatchedSignal | 'SIGPIPE' | 'SIGKILL'): number {
	return constants.signals[signal];
}
