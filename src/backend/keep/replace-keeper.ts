import {join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {readOwnerRecord} from '../guest/state/state-directory.ts';
import {withHostLock} from '../host/host-lock.ts';
import type {StartOptions} from '../types.ts';
import type {FoundSandbox} from '../session/find-sandbox.ts';
import {isDead} from '../host/process-identity.ts';
import {askKeeper} from './start-kept.ts';

/** How long others may take who do the same. */
const waitMs = 20_000;

/** Has a new process keep a sandbox whose own was killed; of several that want it one does. `keeper`: the words that run a program which calls runKeeper. */
export async function replaceKeeper({statePath, record}: FoundSandbox, options: StartOptions, keeper: readonly string[]): Promise<void> {
	const {name} = record;
	const isLeft = (): boolean => {
		const now = readOwnerRecord(statePath);
		if (now === undefined) throw new ShellError('not-found', `Sandbox '${name}' has ended`);
		return isDead(now);
	};
	if (!isLeft()) return;
	const replace = async (): Promise<void> => {
		if (!isLeft()) return;
		await askKeeper({takeOver: statePath}, record.uri, options, keeper);
		options.voice.notice('warning', 'keeper-replaced', `The process that kept '${name}' was killed (${record.owner.pid}): a new one keeps it from now on`);
	};
	// Without the lock there could be two.
	const late = (): Error =>
		new ShellError('unavailable', `Another process has been taking '${name}' over for ${waitMs / 1000} s`, {
			hint: 'Try it again, or end it with `destroy`',
		});
	await withHostLock(join(statePath, 'keeper.lock'), replace, {waitMs, late, signal: options.signal});
}
