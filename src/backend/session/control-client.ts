import type {CommandEnd} from '../types.ts';
import type {ConsoleFacts} from './control-line.ts';
import {converse, expect, type ConverseOptions as Options} from './converse.ts';
import {controlPath} from './serve-control.ts';

/** Sends a signal, by number, to the command's process group. */
export async function askSignal(statePath: string, signal: number, options: Options): Promise<void> {
	const conversation = await converse(controlPath(statePath), {ask: 'signal', signal}, options);
	await conversation.answer();
	conversation.close();
}

/** Lets the owner end the sandbox hard. */
export async function askDestroy(statePath: string, options: Options): Promise<void> {
	const conversation = await converse(controlPath(statePath), {ask: 'destroy'}, options);
	await conversation.answer();
	conversation.close();
}

/** Waits for the command's end. */
export async function askWait(statePath: string, options: Options): Promise<CommandEnd> {
	const conversation = await converse(controlPath(statePath), {ask: 'wait'}, options);
	const forget = conversation.closeOnAbort();
	try {
		const {status, outOfMemory, isLost} = expect(await conversation.next(), 'exit');
		return {status, outOfMemory, ...(isLost === true && {isLost})};
	} catch (error) {
		options.signal?.throwIfAborted();
		throw error;
	} finally {
		forget();
		conversation.close();
	}
}

/** Waits until a machine whose command has ended has written out its images; whether it has. Undefined: there is nothing to write, or the command goes on. */
export async function askWritten(statePath: string, options: Options): Promise<boolean | undefined> {
	const conversation = await converse(controlPath(statePath), {ask: 'written'}, options);
	const forget = conversation.closeOnAbort();
	try {
		return expect(await conversation.next(), 'written').isWritten;
	} finally {
		forget();
		conversation.close();
	}
}

/** What consoles a sandbox has, as its owner sees them. */
export async function askConsoles(statePath: string, options: Options): Promise<readonly ConsoleFacts[]> {
	const conversation = await converse(controlPath(statePath), {ask: 'consoles'}, options);
	const {consoles} = expect(await conversation.answer(), 'consoles');
	conversation.close();
	return consoles;
}
