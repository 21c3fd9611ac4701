import type {Sandbox} from '../backend/types.ts';
import {signalNumber} from './terminal/signal-inbox.ts';

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
	/** The status of the whole, from that of the command (undefined: it is not known). */
	status(commandStatus: number | undefined): number | undefined;
	/** Settles once the sandbox has been destroyed; never where nobody asked for that. */
	readonly destroyed: Promise<void>;
	/** Forgets what is still to come: the command has ended. */
	settle(): void;
}

/** Makes the ways to end a sandbox early; the first reason given decides the status. */
export function createEnding(sandbox: Sandbox, tty: boolean): Ending {
	const gone = Promise.withResolvers<void>();
	// Who waits for it hears of the failure; until then it is none.
	gone.promise.catch(() => {});
	let reason: {readonly status: number | undefined} | undefined;
	let hard = false;
	let timer: NodeJS.Timeout | undefined;
	const destroyNow = (): void => {
		if (!hard) {
			hard = true;
			sandbox.destroy().then(gone.resolve, gone.reject);
		}
	};
	const end = (signals: readonly number[], status: number | undefined): void => {
		reason ??= {status};
		if (timer !== undefined) {
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
			reason ??= {status};
			clearTimeout(timer);
			destroyNow();
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
		destroyed: gone.promise,
		settle() {
			clearTimeout(timer);
		},
	};
}
