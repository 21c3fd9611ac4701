import {startKeptSandbox} from '../backend/sandbox.ts';
import type {StartOptions} from '../backend/types.ts';
import type {SandboxSpec} from '../spec/types.ts';
import {jsonLine} from '../core/json-line.ts';
import {type SignalInbox, type WatchedSignal, signalNumber} from './terminal/signal-inbox.ts';

/** A start that failed leaves nothing, also where only its answer could not be told. */
async function endAgain(id: string, options: StartOptions): Promise<void> {
	const [{destroySandbox}, {findSandboxes}] = await Promise.all([import('../backend/session/stop-sandbox.ts'), import('../backend/session/find-sandbox.ts')]);
	const kept = findSandboxes(options.caller).find((each) => each.id === id);
	if (kept !== undefined) await destroySandbox(kept, options);
}

interface KeepSettings {
	readonly options: StartOptions;
	/** The words that run a keeper. */
	readonly keeper: readonly string[];
	readonly json: boolean;
	readonly signals: SignalInbox;
	print(text: string): Promise<number>;
}

/** Starts a sandbox that stays, and prints its name once it is ready; a signal before that cancels the start and is the status. */
export async function keepCommand(spec: SandboxSpec, {options, keeper, json, signals, print}: KeepSettings): Promise<number> {
	const cancel = new AbortController();
	let interrupt: WatchedSignal | undefined;
	signals.listen((signal) => {
		interrupt ??= signal;
		cancel.abort();
	});
	try {
		const {id, name, uri} = await startKeptSandbox(spec, {...options, signal: cancel.signal}, keeper);
		const told = print(json ? jsonLine({kind: 'record', type: 'sandbox', fields: {id, name, uri}}) : `${name}\n`);
		const status = await told.catch(async (error: unknown) => {
			await endAgain(id, options);
			throw error;
		});
		if (status !== 0) await endAgain(id, options);
		return status;
	} catch (error) {
		if (interrupt === undefined) throw error;
		return 128 + signalNumber(interrupt);
	}
}
