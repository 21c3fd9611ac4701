import {fstatSync} from 'node:fs';
import type {Duplex} from 'node:stream';
import {ShellError} from '../../core/errors.ts';
import {passProgram} from '../guest/program/pass-program.ts';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import type {Caller} from '../host/caller.ts';
import {isLocalUri} from '../host/libvirtd/local-uri.ts';
import type {PassedDescriptors} from '../libvirt/index.ts';
import {programPlace} from '../guest/program/program-place.ts';
import {runOnce} from '../guest/program/run-once.ts';
import type {ContainerPlan} from './container-plan.ts';

/**
 * Gives a container's command the caller's own pipe: nothing reads ahead of it, and nothing copies. Undefined where that is not to be:
 * only pipes without names, which lead to nothing but what is in them; only to whoever may open them anew (/dev/stdin); and not where
 * labels would take them away.
 */
export function passInput(
	input: number | undefined,
	{spec, account, uri, begin}: Pick<ContainerPlan, 'spec' | 'account' | 'uri' | 'begin'>,
	state: StateDirectory,
	{caller, isLabelled}: {readonly caller: Caller; readonly isLabelled: boolean},
): PassedDescriptors | undefined {
	if (input === undefined || spec.tty || spec.idmap !== undefined || isLabelled || !isLocalUri(uri)) return undefined;
	if (account.uid !== 0 && fstatSync(input).uid !== account.uid) return undefined;
	return {count: 1, send: (socket) => send(input, socket, {path: programPlace('pass', state, caller), program: passProgram(begin.architecture)})};
}

function send(input: number, socket: Duplex, {path, program}: {readonly path: string; readonly program: Buffer}): Promise<void> {
	return new Promise((resolve, reject) => {
		const child = runOnce(path, program, {input, descriptor: socket});
		// Node takes a stream that it shares for given away.
		socket.resume();
		const fail = (cause: unknown): void => reject(new ShellError('failed', `Standard input could not be passed on by ${path}`, {cause}));
		child.once('error', fail);
		child.once('exit', (status) => (status === 0 ? resolve() : fail(new Error(`it ended with ${status}`))));
	});
}
