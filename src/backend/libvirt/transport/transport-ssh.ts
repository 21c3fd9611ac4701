import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {ConnectFailed} from '../errors.ts';
import {ProcessStream} from './process-stream.ts';
import {planSsh} from './ssh-command.ts';
import {explainSshEnd, splitWords} from './ssh-failure.ts';
import type {Transport} from './transport.ts';
import type {Environment, LibvirtUri} from './uri.ts';

interface SshOptions {
	readonly readonly: boolean;
	/** ssh may ask nothing: no password, no passphrase, no new host key. */
	readonly batch: boolean;
	readonly environment: Environment;
	readonly trace: ((line: string) => void) | undefined;
}

/** Starts ssh to the URI's host. Gives a stream at once; that ssh has failed is told by the stream's error, a ConnectFailed. Throws ConnectFailed. */
export async function openSshTransport(uri: LibvirtUri, {readonly, batch, environment, trace}: SshOptions): Promise<Transport> {
	const command = planSsh(uri, {readonly, batch});
	trace?.(`${command.program} ${command.args.join(' ')}`);
	// Without the terminal's session ssh cannot ask, and a ^C there does not end it. One that may ask has to stay in it.
	const child = spawn(command.program, command.args, {detached: command.batch, env: {...environment}, stdio: 'pipe'});
	try {
		await once(child, 'spawn');
	} catch (error) {
		const reason = error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'is not installed' : `cannot be started: ${String(error)}`;
		throw new ConnectFailed('start', uri.text, `${command.program} ${reason}`, error, 'Install openssh-client, or name an ssh by command=PATH in the URI');
	}

	const stream = new ProcessStream(child, {
		explain: (end) => explainSshEnd(uri.text, command, end),
		onErrorText: (text) => {
			for (const line of trace === undefined ? [] : splitWords(text)) {
				trace?.(`ssh: ${line}`);
			}
		},
	});
	return {stream, description: `${command.target} by ${command.program}`};
}
