import type {SandboxSpec} from '../../spec/types.ts';
import type {Sandbox, StartOptions} from '../types.ts';
import {captureSandbox, startShell} from './capture/capture-sandbox.ts';
import {serveControl} from './control/serve-control.ts';
import {endContainer} from './end-container.ts';
import {beginContainer} from './start-container.ts';

/** A sandbox that nobody is attached to: its output is captured, and other processes reach it by its control socket. */
export interface CapturedSandbox extends Pick<Sandbox, 'id' | 'name' | 'uri' | 'destroy'> {
	/** The command's status; rejects where it can never be known. */
	readonly exited: Promise<number>;
	/** Settles when the sandbox has ended by itself or was destroyed, and all of it is put away. */
	readonly closed: Promise<void>;
}

/** Starts a container in the background of this process. */
export async function startCaptured(spec: SandboxSpec, uri: string, options: StartOptions): Promise<CapturedSandbox> {
	const container = await beginContainer(spec, uri, {...options, sinks: undefined});
	const sandbox = endContainer(container);
	try {
		const captured = await captureSandbox(container);
		const server = serveControl(container, sandbox, captured);
		startShell(container);
		const closed = sandbox.close().finally(() => server.close());
		closed.catch(() => undefined);
		const {id, name, session} = sandbox;
		return {id, name, uri, destroy: () => sandbox.destroy(), exited: session.exited, closed};
	} catch (error) {
		await sandbox.destroy();
		await sandbox.close();
		throw error;
	}
}
