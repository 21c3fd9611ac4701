import {constants} from 'node:os';

const watched = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
/** A signal that virt-sandbox passes on or obeys. */
export type WatchedSignal = (typeof watched)[number];

/** Where signals to this process arrive; who hears them changes as the sandbox starts and ends. */
export interface SignalInbox {
	/** Sets who hears of signals from now on. */
	listen(listener: (signal: WatchedSignal) => void): void;
	/** SIGUSR1 and SIGUSR2 have no effect from now on; the others keep theirs. */
	ignoreUserSignals(): void;
}

/** Whoever has no listener for the first is opened to Node's debugger by it, for all users of the host. */
const userSignals: readonly WatchedSignal[] = ['SIGUSR1', 'SIGUSR2'];
/** Caught once somebody listens. Before that they end this process even where it waits for what never comes, as no listener could. */
const ending: readonly WatchedSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/**
 * Catches the signals that would end this process, from the first `listen` to its end. Call it first of all.
 */
export function openSignalInbox(): SignalInbox {
	let hear: ((signal: WatchedSignal) => void) | undefined;
	let isIgnored = false;
	const hearOf = (signals: readonly WatchedSignal[]): void => {
		for (const signal of signals) {
			process.on(signal, () => {
				if (hear !== undefined) hear(signal);
				else if (!isIgnored) process.exit(128 + signalNumber(signal));
			});
		}
	};
	// Node catches these two itself, and a caught signal ends no wait for a file system; libuv gives them their own effect when a listener goes.
	// A signal that comes between the two calls is lost. They are quick once both were made before, for one that nobody minds.
	for (const signal of ['SIGWINCH', 'SIGINT', 'SIGTERM'] as const) {
		const nobody = (): void => undefined;
		process.on(signal, nobody).off(signal, nobody);
	}
	hearOf(userSignals);
	return {
		ignoreUserSignals: () => void (isIgnored = true),
		listen(listener) {
			if (hear === undefined) hearOf(ending);
			hear = listener;
		},
	};
}

/** Has a session hear of the signals that end it: each by its name, and the status that it ends with. */
export function hearEndOfSession(hear: (name: WatchedSignal, status: number) => void): void {
	for (const name of ending) {
		if (name !== 'SIGINT') process.on(name, () => hear(name, 128 + signalNumber(name)));
	}
}

/** For a program that nobody sends them to on purpose. */
export function ignoreUserSignals(): void {
	for (const signal of userSignals) process.on(signal, () => undefined);
}

/** The number of a signal on this system. */
export function signalNumber(signal: WatchedSignal | 'SIGPIPE' | 'SIGKILL'): number {
	return constants.signals[signal];
}
