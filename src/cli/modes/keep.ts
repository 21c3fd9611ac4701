import {startKeptSandbox} from '../../backend/sandbox.ts';
import type {StartOptions} from '../../backend/types.ts';
import {jsonLine} from '../../core/json-line.ts';
import {type WatchedSignal, signalNumber} from '../terminal/signal-inbox.ts';
import {keeperWords} from '../own-task.ts';
import {defaultUri} from '../virt-sandbox-uri.ts';
import type {Call} from './call.ts';
import {prepareStart} from './prepare-start.ts';
import {print} from './print.ts';

/** A start that failed leaves nothing, also where only its answer could not be told. */
async function endAgain(id: string, options: StartOptions): Promise<void> {
	const [{destroySandbox}, {findSandboxes}] = await Promise.all([
		import('../../backend/session/stop-sandbox.ts'),
		import('../../backend/session/find-sandbox.ts'),
	]);
	const kept = findSandboxes(options.caller).find((each) => each.id === id);
	if (kept !== undefined) await destroySandbox(kept, options);
}

/** Starts a sandbox that stays, and prints its name once it is ready; a signal before that cancels the start and is the status. */
export async function keepCommand(call: Call): Promise<number> {
	const {caller, voice, json, signals} = call;
	const {spec, options} = await prepareStart(call);
	const uri = spec.uri ?? (await defaultUri(caller, voice, {backend: spec.backend, signal: undefined}));
	const cancel = new AbortController();
	let interrupt: WatchedSignal | undefined;
	signals.listen((signal) => {
		interrupt ??= signal;
		cancel.abort();
	});
	try {
		const {id, name, uri: at} = await startKeptSandbox({...spec, uri}, {...options, signal: cancel.signal}, keeperWords);
		const told = print(json ? jsonLine({kind: 'record', type: 'sandbox', fields: {id, name, uri: at}}) : `${name}\n`);
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
