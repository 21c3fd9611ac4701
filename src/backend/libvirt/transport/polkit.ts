import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {ConnectFailed, errorCodes, type LibvirtError} from '../errors.ts';
import type {Environment, LibvirtUri} from './uri.ts';

interface PolkitOptions {
	/** Nobody may be asked on the terminal. */
	readonly batch: boolean;
	readonly hasTerminal: () => boolean;
	readonly environment: Environment;
	readonly signal: AbortSignal;
}

/** Wrong passwords that are taken before it counts as a refusal. */
const attempts = 3;

/**
 * Goes on after polkit's refusal `first` to let this process use libvirtd. Where polkit must ask somebody and there is no one to do it,
 * pkttyagent asks on the terminal while `open` tries again. Throws ConnectFailed `auth` when that cannot be or did not help.
 */
export async function retryWithPolkitAgent<Result>(
	uri: LibvirtUri,
	first: LibvirtError,
	open: () => Promise<Result>,
	options: PolkitOptions & {readonly isRefusal: (error: unknown) => error is LibvirtError},
): Promise<Result> {
	if (first.code !== errorCodes.authUnavailable) {
		throw explainRefusal(uri, first);
	}

	const lacking = findLacking(uri, options);
	if (lacking !== undefined) {
		throw explainRefusal(uri, first, lacking);
	}

	const agent = await startAgent(uri, first, options);
	try {
		let refusal = first;
		for (let attempt = 0; attempt < attempts; attempt++) {
			try {
				return await open();
			} catch (error) {
				if (!options.isRefusal(error)) {
					throw error;
				}

				refusal = error;
				if (error.code !== errorCodes.authFailed) {
					break;
				}
			}
		}

		throw explainRefusal(uri, refusal);
	} finally {
		agent.stop();
	}
}

function findLacking(uri: LibvirtUri, {batch, hasTerminal}: PolkitOptions): string | undefined {
	if (uri.transport !== 'unix') {
		return 'it cannot ask over this connection';
	}

	if (batch) {
		return 'the terminal is in use';
	}

	return hasTerminal() ? undefined : 'there is no terminal to ask on';
}

/** Starts pkttyagent for this process and waits until polkit knows of it. One that fails at that leaves the next attempt to fail. */
async function startAgent(uri: LibvirtUri, refusal: LibvirtError, {environment, signal}: PolkitOptions): Promise<{readonly stop: () => void}> {
	const child = spawn('pkttyagent', ['--process', String(process.pid), '--notify-fd', '3', '--fallback'], {
		env: {...environment},
		stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
	});
	const stop = (): void => {
		child.kill('SIGTERM');
	};

	try {
		await once(child, 'spawn', {signal});
	} catch (error) {
		signal.throwIfAborted();
		const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
		throw explainRefusal(uri, refusal, isMissing ? 'pkttyagent is not installed' : `pkttyagent cannot be started: ${String(error)}`);
	}

	// It closes the pipe when it is ready, and by its end.
	const ready = child.stdio[3];
	try {
		ready?.on('data', () => undefined);
		if (ready) {
			await once(ready, 'close', {signal});
		}

		return {stop};
	} catch (error) {
		stop();
		signal.throwIfAborted();
		throw error;
	}
}

function explainRefusal(uri: LibvirtUri, error: LibvirtError, lacking?: string): ConnectFailed {
	const where = uri.host === undefined ? '' : ` on ${uri.host}`;
	const hint = `Become a member of the group libvirt${where} and log in anew, or have a polkit rule made that allows org.libvirt.unix.manage`;
	const fail = (message: string): ConnectFailed => new ConnectFailed('auth', uri.text, message, error, hint);
	switch (error.code) {
		case errorCodes.authUnavailable:
			return fail(`polkit has to ask for consent to use ${uri.text}, and ${lacking ?? 'nobody answered it'}`);
		case errorCodes.authCancelled:
			return fail(`polkit's question whether ${uri.text} may be used was cancelled`);
		default:
			return fail(`polkit does not let this user use ${uri.text}`);
	}
}
