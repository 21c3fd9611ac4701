import type {Caller} from '../backend/host/caller.ts';
import type {FoundSandbox} from '../backend/session/find-sandbox.ts';
import type {Connection, DomainRef} from '../backend/libvirt/index.ts';
import type {Calling, DomainRow} from '../commands/sandboxes.ts';
import {ShellError} from '../core/errors.ts';
import type {BackendName} from '../spec/backends.ts';
import {didYouMean} from '../core/nearest-word.ts';

export interface ConnectionsOptions {
	readonly caller: () => Caller;
	/** Each libvirt call with its time (`--debug`). */
	readonly trace: ((line: string) => void) | undefined;
	/** Whether the session is only to look. */
	readonly readonly: () => boolean;
	/** Undefined: what fits the connection; false: none. */
	readonly keepalive: {readonly intervalMs: number; readonly count: number} | false | undefined;
	/** Told once when a libvirtd of ours had to be started; `unloaded`: the driver that the host's has not loaded. */
	readonly onEmbedded: (unloaded: 'lxc' | 'qemu' | undefined) => void;
}

/** The connections of one session to libvirtd: opened on first use, kept, closed at the end. */
export interface Connections {
	/** The connection where none is named, with nothing started. */
	defaultUri(signal: AbortSignal, backend?: BackendName): Promise<string>;
	/** The same, with a libvirtd of ours started where there is no other. */
	startedUri(signal: AbortSignal, backend?: BackendName): Promise<string>;
	/** Tries a URI anew. */
	test(uri: string, options: {readonly readonly: boolean; readonly signal: AbortSignal}): Promise<void>;
	/** Whether the libvirtd would be ours, none runs, and nothing of one that has ended does. */
	isIdle(calling: Calling): Promise<boolean>;
	use<T>(calling: Calling, work: (connection: Connection, uri: string) => Promise<T>): Promise<T>;
	/** Finds a running sandbox of ours (`any`: whosever domain) by its name, wherever the caller's own run where that is not on the connection. */
	useDomain<T>(
		name: string,
		calling: Calling & {readonly any?: boolean},
		work: (connection: Connection, domain: DomainRef, row: DomainRow) => Promise<T>,
	): Promise<T>;
	close(): Promise<void>;
}

export function createConnections({caller, trace, onEmbedded, readonly: isReadonly, keepalive}: ConnectionsOptions): Connections {
	const fallbacks = new Map<BackendName | undefined, Promise<string>>();
	const open = new Map<string, Promise<Connection>>();
	let isOver = false;

	async function defaultUri(signal: AbortSignal, backend?: BackendName): Promise<string> {
		const [{chooseUri}, {embeddedUri}, {schemeOf}] = await Promise.all([
			import('../backend/host/libvirtd/default-uri.ts'),
			import('../backend/host/libvirtd/embedded-place.ts'),
			import('../spec/parse/parse-uri.ts'),
		]);
		const {environment, uid} = caller();
		const {uri} = await chooseUri(environment, uid, {
			signal,
			scheme: schemeOf(backend),
			startEmbedded: () => Promise.resolve({uri: embeddedUri(), started: false}),
		});
		return uri;
	}

	async function startedUri(signal: AbortSignal, backend?: BackendName): Promise<string> {
		const known = fallbacks.get(backend);
		// One of ours may have been killed since.
		const fallback = known !== undefined && (await isAnswered(await known, signal)) ? known : chooseStarted(signal, backend);
		fallbacks.set(backend, fallback);
		try {
			return await fallback;
		} catch (error) {
			fallbacks.delete(backend);
			throw error;
		}
	}

	async function chooseStarted(signal: AbortSignal, backend: BackendName | undefined): Promise<string> {
		const [{chooseUri}, {schemeOf}] = await Promise.all([import('../backend/host/libvirtd/default-uri.ts'), import('../spec/parse/parse-uri.ts')]);
		const {environment, uid} = caller();
		const {uri, started, unloaded} = await chooseUri(environment, uid, {signal, scheme: schemeOf(backend)});
		if (started) {
			onEmbedded(unloaded);
		}
		return uri;
	}

	/** The connection that a call goes to. */
	function uriOf({uri, backend, signal}: Calling): string | Promise<string> {
		return uri ?? fallbacks.get(backend) ?? defaultUri(signal, backend);
	}

	async function connect(uri: string, signal: AbortSignal, readonly: boolean): Promise<Connection> {
		const {openConnection} = await import('../backend/libvirt/index.ts');
		return openConnection(uri, {signal, readonly, timeoutMs: 20_000, keepalive, ...(trace === undefined ? {} : {trace})});
	}

	async function explained<T>(uri: string, work: () => Promise<T>): Promise<T> {
		try {
			return await work();
		} catch (error) {
			const [{explainLibvirtError}, {isEmbeddedUri}, {ConnectFailed}] = await Promise.all([
				import('../backend/host/libvirtd/explain-libvirt-error.ts'),
				import('../backend/host/libvirtd/embedded-place.ts'),
				import('../backend/libvirt/index.ts'),
			]);
			if (isEmbeddedUri(uri) && error instanceof ConnectFailed && (error.problem === 'absent' || error.problem === 'refused')) {
				throw (await hasOwnOn(uri))
					? new ShellError('unavailable', 'The libvirtd of our own has ended, and sandboxes of it still run', {
							hint: "'connect' starts it again, and then it knows them.",
							cause: error,
						})
					: new ShellError('unavailable', 'No libvirtd for sandboxes runs on this host, so no sandbox does', {
							hint: "The first sandbox starts one; 'connect' starts one now.",
							cause: error,
						});
			}
			throw explainLibvirtError(error, uri);
		}
	}

	async function use<T>(calling: Calling, work: (connection: Connection, uri: string) => Promise<T>): Promise<T> {
		const {signal} = calling;
		const chosen = await uriOf(calling);
		return explained(chosen, async () => {
			const key = `${chosen} ${isReadonly()}`;
			let opening = open.get(key);
			if (isOver) {
				throw new ShellError('interrupted', 'The session is over');
			}
			if (opening === undefined) {
				opening = connect(chosen, signal, isReadonly());
				open.set(key, opening);
				const forget = () => open.delete(key);
				opening.then((connection) => connection.closed.then(forget), forget);
			}
			return work(await opening, chosen);
		});
	}

	/** What of the caller's runs, as far as this host knows. */
	async function findOwn(): Promise<ReadonlyArray<FoundSandbox['record']>> {
		const {findSandboxes} = await import('../backend/session/find-sandbox.ts');
		return findSandboxes(caller()).flatMap(({mayRun, record}) => (mayRun ? record : []));
	}

	async function hasOwnOn(uri: string): Promise<boolean> {
		return (await findOwn()).some((record) => record.uri === uri);
	}

	const useDomain: Connections['useDomain'] = async (name, calling, work) => {
		const own = await findOwn();
		const places = new Set(own.flatMap((each) => (each.name === name ? each.uri : [])));
		// Of several none is meant.
		const place = places.size === 1 ? [...places][0] : undefined;
		// Without a connection that is named, what this host knows counts before what the usual one has.
		const first = calling.uri === undefined && place !== undefined ? {...calling, uri: place} : calling;
		return use(first, async (connection, uri) => {
			const {findDomain, listDomains} = await import('./list-domains.ts');
			const found = await findDomain(connection, uri, name, calling);
			if (found !== undefined && (found.row.ours || calling.any === true)) return work(connection, found.domain, found.row);
			if (place !== undefined && place !== uri) return useDomain(name, {...calling, uri: place}, work);
			const domains = await listDomains(connection, uri, {...calling, all: calling.any === true});
			const names = [...new Set([...domains.map(({row}) => row.name), ...own.map((each) => each.name)])].filter((each) => each !== name);
			throw new ShellError('not-found', `No sandbox named '${name}' runs`, {
				hint: didYouMean(name, names) ?? (names.length === 0 ? `None runs on ${uri}.` : `These run: ${names.join(', ')}.`),
			});
		});
	};

	/** False: it is that of a libvirtd of ours, and none runs. */
	async function isAnswered(uri: string, signal: AbortSignal): Promise<boolean> {
		const [{acceptsConnections}, {embeddedSocket, isEmbeddedUri}] = await Promise.all([
			import('../backend/host/libvirtd/accepts-connections.ts'),
			import('../backend/host/libvirtd/embedded-place.ts'),
		]);
		return !isEmbeddedUri(uri) || acceptsConnections(embeddedSocket(), signal);
	}

	return {
		defaultUri,
		async isIdle(calling) {
			const uri = await uriOf(calling);
			return !(await isAnswered(uri, calling.signal)) && !(await hasOwnOn(uri));
		},
		startedUri,
		use,
		test: (uri, {readonly, signal}) => explained(uri, async () => (await connect(uri, signal, readonly)).close()),
		useDomain,
		async close() {
			isOver = true;
			await Promise.all([...open.values()].map(async (opening) => opening.then((connection) => connection.close()).catch(() => undefined)));
		},
	};
}
