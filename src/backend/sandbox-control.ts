import type {AskedEnvironment} from '../spec/types.ts';
import {resolveEnvironment} from './guest/command-environment.ts';
import {askConsole} from './session/ask-console.ts';
import {askSession} from './session/ask-session.ts';
import {askConsoles, askSignal, askWait} from './session/control-client.ts';
import type {ConsoleFacts, SessionRequest} from './session/control-line.ts';
import {readLog, type LogLine, type ReadLogOptions} from './session/capture/read-log.ts';
import type {FoundSandbox} from './session/find-sandbox.ts';
import type {CommandEnd, Session, StartOptions} from './types.ts';

export type {LogLine} from './session/capture/read-log.ts';
export {findSandbox, findSandboxes, type FoundSandbox} from './session/find-sandbox.ts';
export {runKeeper} from './keep/keeper.ts';
export {destroySandbox, stopSandbox} from './session/stop-sandbox.ts';

type Options = Pick<StartOptions, 'signal' | 'trace'>;

/** A further command, as it is asked for. */
export type AskedSession = Omit<SessionRequest, 'environment'> & {readonly environment: AskedEnvironment};

/** Runs a further command in a running sandbox, of whatever process. */
export async function execInSandbox({statePath}: FoundSandbox, request: AskedSession, options: Options & Pick<StartOptions, 'sinks'>): Promise<Session> {
	const environment = resolveEnvironment(request.environment, request.caller.environment);
	return askSession(statePath, {...request, environment}, options);
}

/** Joins a console: `tty`, `shell`, or what else `listConsoles` tells. Its `exited` settles with 0 when the console ends; destroying its stdin leaves it. */
export function joinConsole({statePath}: FoundSandbox, name: string, options: Options): Promise<Session> {
	return askConsole(statePath, name, options);
}

export function listConsoles({statePath}: FoundSandbox, options: Options): Promise<readonly ConsoleFacts[]> {
	return askConsoles(statePath, options);
}

/** Sends a signal, by number, to the command's process group. */
export function signalSandbox({statePath}: FoundSandbox, signal: number, options: Options): Promise<void> {
	return askSignal(statePath, signal, options);
}

/** Waits for the command's end. */
export function waitForSandbox({statePath}: FoundSandbox, options: Options): Promise<CommandEnd> {
	return askWait(statePath, options);
}

/** What was captured, oldest first. */
export function readSandboxLog({statePath}: FoundSandbox, options: ReadLogOptions): AsyncGenerator<LogLine> {
	return readLog(statePath, options);
}
