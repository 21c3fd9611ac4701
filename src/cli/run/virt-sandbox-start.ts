import type {Sandbox, StartOptions} from '../../backend/types.ts';
import {StartTimedOut} from '../../backend/start/create-unanswered.ts';
import {timeoutStatus} from '../../core/timeout-status.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {areOneFile} from '../terminal/are-one-file.ts';
import {isPlainPipe} from '../terminal/is-plain-pipe.ts';
import {signalNumber} from '../terminal/signal-inbox.ts';
import type {RunSettings} from './run-settings.ts';

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
