import {ShellError} from '../../core/errors.ts';
import {readOwnerRecord} from '../guest/state/state-directory.ts';
import type {StartOptions} from '../types.ts';
import type {FoundSandbox} from '../session/find-sandbox.ts';
import {isDead} from '../host/process-identity.ts';
import {askKeeper} from './start-kept.ts';

/** Has a new process keep a sandbox whose own was killed; of several that want it one does. `keeper`: the words that run a program which calls runKeeper. */
export async function replaceKeeper({statePath, record}: FoundSandbox, options: StartOptions, keeper: readonly string[]): Promise<void> {
	const {name} = record;
	const now = readOwnerRecord(statePath);
	if (now === undefined) throw new ShellError('not-found', `Sandbox '${name}' has ended`);
	if (!isDead(now)) return;
	const {isAnothers} = await askKeeper({takeOver: statePath}, record.uri, options, keeper);
	if (isAnothers === true) return;
	options.voice.notice('warning', 'keeper-replaced', `The process that kept '${name}' was killed (${record.owner.pid}): a new one keeps it from now on`);
}
