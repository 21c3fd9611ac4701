import {StartTimedOut} from '../../backend/start/create-unanswered.ts';
import type {Sandbox, StartOptions} from '../../backend/types.ts';
import {timeoutStatus} from '../../core/timeout-status.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {areOneFile, isPlainPipe} from '../terminal/descriptors.ts';
import {signalNumber, type SignalInbox} from '../terminal/signal-inbox.ts';
import type {ProgramVoice} from './virt-sandbox-voice.ts';

/** How one command is run. */
export interface RunSettings {
	readonly json: boolean;
	readonly timing: boolean;
	/** The command is a further one of a sandbox that runs: its time limit counts from the asking, since what runs there can hold it up. */
	readonly isFurther: boolean;
	/** The byte of the escape key; undefined: none. */
	readonly escape: number | undefined;
	readonly voice: ProgramVoice;
	readonly signals: SignalInbox;
	/** Milliseconds since the program was called. */
	elapsed(): number;
	/** Told when this process's terminal belongs to the guest, and when no longer. */
	onTerminal(taken: boolean): void;
	start(spec: SandboxSpec, options: Pick<StartOptions, 'signal' | 'sinks' | 'input' | 'isOneOutput' | 'onPlanned'>): Promise<Sandbox>;
}

/** Starts the sandbox; a signal that ends programs cancels that once something is made, and is then the status. So does the time limit of a further command. */
export async function startInterruptibly(
	spec: SandboxSpec,
	{signals, json, isFurther, voice, start}: RunSettings,
	sinks: StartOptions['sinks'],
): Promise<Sandbox | number> {
	const cancel = new AbortController();
	let cancelled: number | undefined;
	const giveUp = (status: number): void => {
		cancelled ??= status;
		cancel.abort();
	};
	const onPlanned = (): void => signals.listen((signal) => giveUp(128 + signalNumber(signal)));
	const {timeoutMs} = spec.limits;
	const timeout = isFurther && timeoutMs !== undefined ? setTimeout(giveUp, timeoutMs, timeoutStatus) : undefined;
	try {
		const sandbox = await start(spec, {
			signal: cancel.signal,
			sinks,
			input: isPlainPipe(0) ? 0 : undefined,
			isOneOutput: !json && areOneFile(1, 2),
			onPlanned,
		});
		if (cancelled === undefined) {
			return sandbox;
		}
		await sandbox.destroy();
		await sandbox.close();
	} catch (error) {
		if (cancelled === undefined) {
			if (!(error instanceof StartTimedOut)) throw error;
			voice.notice('error', 'timeout', error.message, error.hint);
			return timeoutStatus;
		}
	} finally {
		clearTimeout(timeout);
	}
	return cancelled;
}
