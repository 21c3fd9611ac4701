import {isConnectionLost, isUnreachable, openConnection, type Connection} from '../libvirt/index.ts';
import type {StartOptions} from '../types.ts';
import {requireLocalUri} from '../host/libvirtd/local-uri.ts';
import {explainLibvirtError} from '../host/libvirtd/explain-libvirt-error.ts';

/** The daemons of this host that one piece of work has to do with, each connected to once. */
export interface AskedDaemons {
	/**
	 * Does `work` with a connection for this URI; undefined where no libvirtd answers. A libvirtd that is just dying still takes
	 * connections, so work whose connection breaks is done anew with what is there then.
	 */
	ask<Result>(uri: string, work: (connection: Connection | undefined) => Promise<Result>): Promise<Result>;
	/** The URIs that were asked. */
	readonly uris: () => string[];
	close(): Promise<void>;
}

const attempts = 3;

export function openAskedDaemons(options: Pick<StartOptions, 'signal' | 'trace'>): AskedDaemons {
	const opened = new Map<string, Promise<Connection | undefined>>();
	const connect = (uri: string): Promise<Connection | undefined> => {
		const known = opened.get(uri);
		if (known !== undefined) return known;
		requireLocalUri(uri);
		const opening = openConnection(uri, {signal: options.signal, trace: options.trace, timeoutMs: 10_000}).catch((error: unknown) => {
			if (isUnreachable(error)) return undefined;
			throw error;
		});
		opened.set(uri, opening);
		return opening;
	};
	return {
		async ask(uri, work) {
			for (let attempt = 1; ; attempt++) {
				try {
					return await work(await connect(uri));
				} catch (error) {
					if (attempt === attempts || !isConnectionLost(error)) throw explainLibvirtError(error, uri);
					opened.delete(uri);
				}
			}
		},
		uris: () => [...opened.keys()],
		async close() {
			for (const opening of opened.values()) {
				await opening.then((connection) => connection?.close()).catch(() => undefined);
			}
		},
	};
}
