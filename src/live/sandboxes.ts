import type {HostFacts} from '../backend/host/host-facts.ts';
import type {Sandbox, StartOptions} from '../backend/types.ts';
import type {Calling, DomainFigures, Sandboxes} from '../commands/sandboxes.ts';
import {clockMs} from '../core/clock-ms.ts';
import {ShellError} from '../core/errors.ts';
import {createBackgroundLife} from './background-life.ts';
import type {CheckDocument} from './check-document.ts';
import {createConnections, type ConnectionsOptions} from './connections.ts';

interface ShellSandboxesOptions extends ConnectionsOptions {
	/** What would be asked about is agreed to. */
	readonly yes: boolean;
	/** What a command in the foreground writes goes to one file: StartOptions tells what that means. */
	readonly isOneOutput?: boolean;
	/** The words that run a keeper: a program that calls runKeeper. */
	readonly keeper: readonly string[];
}

/** A plan may be of a host as it was this long ago, in milliseconds. */
const factsMs = 1000;

const silent = {notice() {}, phase() {}};

/** The running side of the shell: the backend, loaded on its first use. */
export function createSandboxes(options: ShellSandboxesOptions): Sandboxes {
	const {caller, trace, keepalive, isOneOutput = false} = options;
	const connections = createConnections(options);
	const joined = new Set<Sandbox>();
	let checkDocument: CheckDocument | undefined;
	let facts: {readonly host: HostFacts; readonly readMs: number} | undefined;
	const startOptions = (signal: AbortSignal): Omit<StartOptions, 'voice'> => ({
		caller: caller(),
		signal,
		keepalive,
		accept: options.yes,
		...(trace === undefined ? {} : {trace}),
	});

	const background = createBackgroundLife({connections, startOptions, isOneOutput, keeper: options.keeper, readonly: options.readonly});

	const listOn: Sandboxes['list'] = async (calling) => {
		if (await connections.isIdle(calling)) return [];
		return connections.use(calling, async (connection, uri) => {
			const {listDomains} = await import('./list-domains.ts');
			return (await listDomains(connection, uri, calling)).map(({row}) => row);
		});
	};

	/** Of a call for all that names no connection: where the caller's own run besides, as containers and machines do. */
	async function placesBeside({uri, backend, signal}: Calling): Promise<readonly string[]> {
		if (uri !== undefined || backend !== undefined) return [];
		const usual = await connections.defaultUri(signal);
		return (await background.life.places()).filter((place) => place !== usual);
	}

	return {
		...background.life,
		defaultUri: (signal) => connections.defaultUri(signal),
		async resolveUri(text) {
			const {resolveConnect} = await import('./resolve-connect.ts');
			return (await resolveConnect(text, caller())) ?? text;
		},
		async connect({uri, readonly, signal}) {
			const chosen = uri ?? (await connections.startedUri(signal));
			await connections.test(chosen, {readonly, signal});
			return chosen;
		},
		async list(calling) {
			const [rows, others] = await Promise.all([listOn(calling), placesBeside(calling)]);
			const elsewhere = await Promise.all(others.map((uri) => listOn({...calling, uri, all: false}).catch(() => [])));
			// Two addresses may lead to one daemon.
			const seen = new Set(rows.map(({uuid}) => uuid));
			return [...rows, ...elsewhere.flat().filter(({uuid}) => !seen.has(uuid) && seen.add(uuid))];
		},
		async plan(spec, {uri, signal}) {
			const [{planSandbox}, {openHostFacts}, {openKernelFacts}] = await Promise.all([
				import('../backend/sandbox.ts'),
				import('../backend/host/host-facts.ts'),
				import('../backend/machine/boot/kernels.ts'),
			]);
			if (facts === undefined || clockMs() - facts.readMs > factsMs) {
				facts = {host: {...openHostFacts(), kernels: openKernelFacts()}, readMs: clockMs()};
			}
			return planSandbox(
				{...spec, uri: spec.uri ?? uri ?? (await connections.defaultUri(signal, spec.backend))},
				{...startOptions(signal), voice: silent, host: facts.host},
				{remote: 'warn'},
			);
		},
		async checkDocument(text, {origin, ...calling}) {
			const {uri, signal} = calling;
			const [{createChecking}, {isLocalUri}] = await Promise.all([import('./check-document.ts'), import('../backend/host/libvirtd/local-uri.ts')]);
			checkDocument ??= createChecking();
			const found = await checkDocument({text, isOfHere: origin !== 'definition' && (uri === undefined || isLocalUri(uri))}, signal);
			if (origin !== 'file') return found;
			const {askLibvirt} = await import('./libvirt-word.ts');
			const fault = await askLibvirt(text, found.faults, {...calling, connections});
			return fault === undefined ? found : {...found, faults: [fault, ...found.faults]};
		},
		async lacks(spec, calling) {
			const [{findLacks}, {openDocumentHost}] = await Promise.all([import('./find-lacks.ts'), import('./document-host.ts')]);
			const networks = spec.networks.length === 0 ? undefined : await this.networks({...calling, backend: spec.backend}).catch(() => undefined);
			return findLacks({...spec, uri: spec.uri ?? calling.uri}, {host: openDocumentHost(), networks, path: caller().environment['PATH']});
		},
		async start(spec, {uri, signal, voice, size}) {
			const {startSandbox} = await import('../backend/sandbox.ts');
			const sandbox = await startSandbox(
				{...spec, uri: spec.uri ?? uri ?? (await connections.startedUri(signal, spec.backend))},
				{...startOptions(signal), isOneOutput, voice, size},
			);
			joined.add(sandbox);
			return {...sandbox, close: (signal) => sandbox.close(signal).finally(() => joined.delete(sandbox))};
		},
		info: (name, calling) =>
			connections.useDomain(name, {...calling, any: true}, async (connection, domain, row) => {
				const {readFacts} = await import('./domain-facts.ts');
				return readFacts(connection, domain, row, {...calling, caller: caller()});
			}),
		domainXml: (name, calling) =>
			connections.useDomain(name, {...calling, any: true}, (connection, domain) => connection.getXmlDesc(domain, 0, {signal: calling.signal})),
		async stats(name, calling) {
			const {readFigures} = await import('./domain-facts.ts');
			if (name !== undefined) {
				return connections.useDomain(name, {...calling, any: true}, (own, domain, row) => readFigures(own, [domain], {...calling, uri: row.uri}));
			}
			const figuresOn = (where: Calling): Promise<readonly DomainFigures[]> =>
				connections.use(where, async (connection, uri) => {
					const {listDomains} = await import('./list-domains.ts');
					const domains = await listDomains(connection, uri, {...where, all: false});
					return readFigures(
						connection,
						domains.map(({domain}) => domain),
						{...where, uri},
					);
				});
			const others = await placesBeside(calling);
			const [figures, ...elsewhere] = await Promise.all([figuresOn(calling), ...others.map((uri) => figuresOn({...calling, uri}).catch(() => []))]);
			return [...(figures ?? []), ...elsewhere.flat()];
		},
		async *events(calling) {
			const {followEvents} = await import('./domain-events.ts');
			const {connection, uri} = await connections.use(calling, (each, chosen) => Promise.resolve({connection: each, uri: chosen}));
			yield* followEvents(connection, {...calling, uri});
		},
		async clean({signal, voice}) {
			const {cleanLeftovers} = await import('../backend/clean-up/clean.ts');
			const cleaned = await cleanLeftovers({...startOptions(signal), voice});
			return cleaned.map(({id, name, result, fault}) => ({
				id,
				name,
				result,
				reason: fault === undefined ? undefined : fault instanceof Error ? fault.message : String(fault),
			}));
		},
		capabilities: (calling) => connections.use(calling, (connection) => connection.getCapabilities({signal: calling.signal})),
		networks: (calling) =>
			connections.use(calling, async (connection) => {
				const {readNetworks} = await import('./domain-facts.ts');
				return readNetworks(connection, calling);
			}),
		startNetwork: (name, calling) =>
			connections.use(calling, async (connection) => {
				const {startNetwork} = await import('../backend/start/start-network.ts');
				return startNetwork(connection, name, calling.signal);
			}),
		async *diagnose(calling) {
			const {diagnose} = await import('./doctor.ts');
			yield* diagnose({caller: caller(), connections, signal: calling.signal, uri: calling.uri, readonly: options.readonly()});
		},
		living: () => [...[...joined].map(({name}) => name), ...background.living()],
		async close() {
			const ends = await Promise.allSettled([
				background.close(),
				...[...joined].map(async (sandbox) => {
					await sandbox.destroy();
					await sandbox.close();
				}),
			]);
			await connections.close();
			const failed = ends.find((end) => end.status === 'rejected');
			if (failed !== undefined) {
				throw failed.reason instanceof ShellError ? failed.reason : new ShellError('failed', 'A sandbox could not be ended', {cause: failed.reason});
			}
		},
	};
}
