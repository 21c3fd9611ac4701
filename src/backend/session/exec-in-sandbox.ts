import type {AskedEnvironment} from '../../spec/types.ts';
import {resolveEnvironment} from '../guest/command-environment.ts';
import type {GuestSession, StartOptions} from '../types.ts';
import {askSession} from './ask-session.ts';
import type {SessionRequest} from './control-line.ts';
import type {FoundSandbox} from './find-sandbox.ts';

/** A further command, as it is asked for. */
export type AskedSession = Omit<SessionRequest, 'environment'> & {readonly environment: AskedEnvironment};

/** Runs a further command in a running sandbox, of whatever process. */
export async function execInSandbox(
	{statePath}: FoundSandbox,
	request: AskedSession,
	options: Pick<StartOptions, 'signal' | 'trace' | 'sinks'>,
): Promise<GuestSession> {
	const environment = resolveEnvironment(request.environment, request.caller.environment);
	return askSession(statePath, {...request, environment}, options);
}
