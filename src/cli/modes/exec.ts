import {execInSandbox} from '../../backend/session/exec-in-sandbox.ts';
import {findSandbox} from '../../backend/session/find-sandbox.ts';
import {replaceLostKeeper} from '../../backend/sandbox.ts';
import type {Sandbox, StartOptions} from '../../backend/types.ts';
import {formatUser} from '../../spec/parse/parse-user.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {signalNumber} from '../terminal/signal-inbox.ts';
import {keeperWords} from '../own-task.ts';
import {valueOf, type Call} from './call.ts';
import {runAsked} from './run-asked.ts';

/** Runs one more command in a running sandbox. */
export function execCommand(call: Call): Promise<number> {
	const running = valueOf(call, 'exec') ?? '';
	return runAsked(call, {
		isFurther: true,
		start(spec, options) {
			options.onPlanned?.();
			return joinRunning(running, spec, options);
		},
	});
}

/** Begins a command in a running sandbox of this user, as if it were a sandbox of its own: destroying it kills the command alone. */
async function joinRunning(name: string, spec: SandboxSpec, options: StartOptions): Promise<Sandbox> {
	const {caller, size, isOneOutput} = options;
	const found = findSandbox(name, caller, spec.uri);
	await replaceLostKeeper(found, options, keeperWords);
	const {command, tty, cwd, environment} = spec;
	const session = await execInSandbox(found, {command, tty, size, isOneOutput, cwd, environment, user: formatUser(spec.user), caller}, options);
	return {
		id: found.id,
		name: found.record.name,
		uri: found.record.uri,
		session,
		destroy() {
			session.kill(signalNumber('SIGKILL'));
			return Promise.resolve();
		},
		close: () => Promise.resolve(),
	};
}
