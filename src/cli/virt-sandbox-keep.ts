import {startKeptSandbox} from '../backend/sandbox.ts';
import type {StartOptions} from '../backend/types.ts';
import type {SandboxSpec} from '../spec/types.ts';
import {type SignalInbox, type WatchedSignal, signalNumber} from './terminal/signal-inbox.ts';

export interface KeepSettings {
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
		return await print(json ? `${JSON.stringify({v: 1, kind: 'record', type: 'sandbox', fields: {id, name, uri}})}\n` : `${name}\n`);
	} catch (error) {
		if (interrupt === undefined) throw error;
		return 128 + signalNumber(interrupt);
	}
}
