import type {CommandEnd} from '../types.ts';
import type {ConsoleFacts, ControlRequest, OwnerLine} from './control-line.ts';
import {converse, expect, type ConverseOptions as Options} from './converse.ts';
import {controlPath} from './serve-control.ts';

/** Asks one thing of the owner of a sandbox. `isSlow`: the answer may take as long as it likes, and is given up at an abort alone. */
async function ask(statePath: string, request: ControlRequest, options: Options, isSlow = false): Promise<OwnerLine> {
	const conversation = await converse(controlPath(statePath), request, options);
	const forget = conversation.closeOnAbort();
	try {
		return await (isSlow ? conversation.next() : conversation.answer());
	} catch (error) {
		options.signal?.throwIfAborted();
		throw error;
	} finally {
		forget();
		conversation.close();
	}
}

/** Sends a signal, by number, to the command's process group. */
export async function askSignal(statePath: string, signal: number, options: Options): Promise<void> {
	await ask(statePath, {ask: 'signal', signal}, options);
}

/** Lets the owner end the sandbox hard. */
export async function askDestroy(statePath: string, options: Options): Promise<void> {
	await ask(statePath, {ask: 'destroy'}, options);
}

/** Waits for the command's end. */
export async function askWait(statePath: string, options: Options): Promise<CommandEnd> {
	const {status, outOfMemory, isLost} = expect(await ask(statePath, {ask: 'wait'}, options, true), 'exit');
	return {status, outOfMemory, ...(isLost === true && {isLost})};
}

/** Waits until a machine whose command has ended has written out its images; whether it has. Undefined: there is nothing to write, or the command goes on. */
export async function askWritten(statePath: string, options: Options): Promise<boolean | undefined> {
	return expect(await ask(statePath, {ask: 'written'}, options, true), 'written').isWritten;
}

/** What consoles a sandbox has, as its owner sees them. */
export async function askConsoles(statePath: string, options: Options): Promise<readonly ConsoleFacts[]> {
	return expect(await ask(statePath, {ask: 'consoles'}, options), 'consoles').consoles;
}
