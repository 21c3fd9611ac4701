import type {Sandbox} from '../../backend/types.ts';
import {signalNumber, type SignalInbox, type WatchedSignal} from '../terminal/signal-inbox.ts';

/** How long a command that was asked to end may take, in milliseconds. */
const graceMs = 2000;

/** Why a sandbox ends before its command does by itself, and the status that tells so. */
export interface Ending {
	/** Asks the command to end (HUP on a terminal, and TERM), and destroys the sandbox 2 s later. `status`: undefined is the command's own, if a signal ended it. */
	stop(status: number | undefined): void;
	/** Sends a signal, and destroys the sandbox 2 s later; the status is given. */
	end(signal: number, status: number): void;
	/** Destroys the sandbox now. */
	destroy(status: number): void;
	/** Passes a signal on to the command, which decides what that means. */
	passOn(signal: WatchedSignal): void;
	/** The command has ended: what was still to come is forgotten. */
	commandEnded(status: number | undefined): void;
	/** An end was asked for, here or by another process. */
	isAsked(): boolean;
	/** The status of the whole, from that of the command (undefined: it is not known). */
	status(commandStatus: number | undefined): number | undefined;
	/** Settles once the sandbox has been destroyed; never where nobody asked for that. */
	readonly destroyed: Promise<void>;
	/** Settles once nobody wants to wait any more for who does not read, with the status where output is lost by that. */
	readonly hurried: Promise<number>;
}

/** Makes the ways to end a sandbox early; the first reason given decides the status. */
export function createEnding(sandbox: Sandbox, tty: boolean): Ending {
	const gone = Promise.withResolvers<void>();
	// Who waits for it hears of the failure; until then it is none.
	gone.promise.catch(() => {});
	const hurry = Promise.withResolvers<number>();
	const passedOn = new Set<number>();
	let reason: {readonly status: number | undefined} | undefined;
	let hard = false;
	let hasEnded = false;
	let timer: NodeJS.Timeout | undefined;
	const giveReason = (status: number | undefined): void => {
		reason ??= {status};
		hurry.resolve(reason.status ?? 128 + signalNumber('SIGTERM'));
	};
	const destroyNow = (): void => {
		if (!hard) {
			hard = true;
			sandbox.destroy().then(gone.resolve, gone.reject);
		}
	};
	const end = (signals: readonly number[], status: number | undefined): void => {
		giveReason(status);
		if (timer !== undefined || hasEnded) {
			return;
		}
		timer = setTimeout(destroyNow, graceMs);
		for (const signal of signals) {
			sandbox.session.kill(signal);
		}
	};
	return {
		stop: (status) => end(tty ? [signalNumber('SIGHUP'), signalNumber('SIGTERM')] : [signalNumber('SIGTERM')], status),
		end: (signal, status) => end([signal], status),
		destroy(status) {
			giveReason(status);
			clearTimeout(timer);
			destroyNow();
		},
		passOn(name) {
			const signal = signalNumber(name);
			sandbox.session.kill(signal);
			passedOn.add(signal);
			// What else it is for, a command may use INT, HUP and QUIT to go on.
			const isEnd = name === 'SIGTERM' || (hasEnded && name !== 'SIGUSR1' && name !== 'SIGUSR2');
			if (isEnd) hurry.resolve(128 + signal);
		},
		commandEnded(status) {
			hasEnded = true;
			clearTimeout(timer);
			if (status !== undefined && passedOn.has(status - 128)) hurry.resolve(status);
		},
		status(commandStatus) {
			if (reason?.status !== undefined) {
				return reason.status;
			}
			if (reason === undefined) {
				return commandStatus;
			}
			const bySignal = commandStatus !== undefined && commandStatus > 128;
			return bySignal ? commandStatus : 128 + signalNumber(hard ? 'SIGKILL' : 'SIGTERM');
		},
		isAsked: () => reason !== undefined || sandbox.isOrdered?.() === true,
		destroyed: gone.promise,
		hurried: hurry.promise,
	};
}

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
