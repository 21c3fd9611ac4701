import type {Caller, Sandbox, StartOptions} from '../backend/types.ts';
import type {Calling, DomainRow, Sandboxes} from '../commands/sandboxes.ts';
import {ShellError} from '../core/errors.ts';

export interface ShellSandboxesOptions {
	readonly caller: () => Caller;
	/** Each libvirt call with its time (`--debug`). */
	readonly trace: ((line: string) => void) | undefined;
	/** Told once when a libvirtd of ours had to be started. */
	readonly onEmbedded: () => void;
}

const silent = {notice() {}, phase() {}};

/** The running side of the shell: the backend, loaded on its first use. */
export function createSandboxes({caller, trace, onEmbedded}: ShellSandboxesOptions): Sandboxes {
	let fallback: Promise<string> | undefined;
	const living = new Set<Sandbox>();

	/** The connection where none is named, with nothing started. */
	async function defaultUri(signal: AbortSignal): Promise<string> {
		const [{chooseUri}, {embeddedUri}] = await Promise.all([import('../backend/host/default-uri.ts'), import('../backend/host/embedded-libvirtd.ts')]);
		const {environment, uid} = caller();
		const {uri} = await chooseUri(environment, uid, {signal, startEmbedded: () => Promise.resolve({uri: embeddedUri(), started: false})});
		return uri;
	}

	/** The same, with a libvirtd of ours started where there is no other. */
	async function startedUri(signal: AbortSignal): Promise<string> {
		fallback ??= (async () => {
			const {chooseUri} = await import('../backend/host/default-uri.ts');
			const {environment, uid} = caller();
			const {uri, started} = await chooseUri(environment, uid, {signal});
			if (started) {
				onEmbedded();
			}
			return uri;
		})();
		try {
			return await fallback;
		} catch (error) {
			fallback = undefined;
			throw error;
		}
	}

	async function withConnection<T>(
		{uri, signal}: Calling,
		readonly: boolean,
		work: (connection: import('../backend/libvirt/index.ts').Connection, uri: string) => Promise<T>,
	): Promise<T> {
		const [{openConnection}, {explainLibvirtError}] = await Promise.all([
			import('../backend/libvirt/index.ts'),
			import('../backend/life/explain-libvirt-error.ts'),
		]);
		const chosen = uri ?? (await defaultUri(signal));
		try {
			const connection = await openConnection(chosen, {signal, readonly, ...(trace === undefined ? {} : {trace})});
			try {
				return await work(connection, chosen);
			} finally {
				await connection.close();
			}
		} catch (error) {
			throw explainLibvirtError(error, chosen);
		}
	}

	function startOptions(signal: AbortSignal): Omit<StartOptions, 'voice'> {
		return {caller: caller(), signal, ...(trace === undefined ? {} : {trace})};
	}

	return {
		defaultUri,
		connect: async ({uri, readonly, signal}) =>
			withConnection({uri: uri ?? (await startedUri(signal)), signal}, readonly, async (connection) => connection.uri),
		list: (options) => withConnection(options, true, async (connection, uri) => (await import('./list-domains.ts')).listDomains(connection, uri, options)),
		async plan(spec, {uri, signal}) {
			const {planSandbox} = await import('../backend/sandbox.ts');
			return planSandbox({...spec, uri: spec.uri ?? uri ?? (await defaultUri(signal))}, {...startOptions(signal), voice: silent});
		},
		async checkSchema(xml, signal) {
			const {checkSchema} = await import('./check-schema.ts');
			return checkSchema(xml, signal);
		},
		async start(spec, {uri, signal, voice, size}) {
			const {startSandbox} = await import('../backend/sandbox.ts');
			const sandbox = await startSandbox({...spec, uri: spec.uri ?? uri ?? (await startedUri(signal))}, {...startOptions(signal), voice, size});
			living.add(sandbox);
			return {...sandbox, close: () => sandbox.close().finally(() => living.delete(sandbox))};
		},
		living: () => [...living].map(({name}) => name),
		async close() {
			const ends = await Promise.allSettled(
				[...living].map(async (sandbox) => {
					await sandbox.destroy();
					await sandbox.close();
				}),
			);
			const failed = ends.find((end) => end.status === 'rejected');
			if (failed !== undefined) {
				throw failed.reason instanceof ShellError ? failed.reason : new ShellError('failed', 'A sandbox could not be ended', {cause: failed.reason});
			}
		},
	};
}

export type {DomainRow};
