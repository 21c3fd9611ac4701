import type {FoundSandbox} from '../backend/session/find-sandbox.ts';
import type {Freezer} from '../backend/container/cgroups/freezer.ts';
import type {Connection, DomainRef} from '../backend/libvirt/index.ts';
import type {StartOptions} from '../backend/types.ts';
import type {Calling, Sandboxes, Starting} from '../commands/sandboxes.ts';
import {ShellError} from '../core/errors.ts';
import {didYouMean} from '../core/nearest-word.ts';
import type {SandboxSpec} from '../spec/types.ts';
import type {Connections} from './connections.ts';
import {createConsoleLife, type ConsoleLife} from './console-life.ts';
import {startFollowed} from './ended-sandbox.ts';
import {openFailedStarts} from './failed-starts.ts';
import {createFinder} from './find-running.ts';

/** The part of the running side that is about sandboxes in the background. */
type Life = ConsoleLife & Pick<Sandboxes, 'places' | 'staying' | 'startDetached' | 'stop' | 'destroy' | 'suspend' | 'resume' | 'signal' | 'wait' | 'log'>;

interface BackgroundLife {
	readonly life: Life;
	living(): readonly string[];
	close(): Promise<void>;
}

interface BackgroundLifeOptions {
	readonly connections: Connections;
	readonly startOptions: (signal: AbortSignal) => Omit<StartOptions, 'voice'>;
	/** Of commands of exec. */
	readonly isOneOutput: boolean;
	/** The words that run a keeper. */
	readonly keeper: readonly string[];
	readonly readonly: () => boolean;
}

/** How long the end of a domain may take that was destroyed, in milliseconds. */
const goneMs = 20_000;

export function createBackgroundLife({connections, startOptions, isOneOutput, keeper, readonly}: BackgroundLifeOptions): BackgroundLife {
	// Sandboxes that live with this session. The last one of a name stays when it has ended: its log can still be read.
	const own = new Map<string, Awaited<ReturnType<typeof startFollowed>>>();
	/** Names of those that outlive it. */
	const outliving = new Set<string>();
	const failedStarts = openFailedStarts();

	const {find, findAll, need, needJoined} = createFinder(connections, () => startOptions(new AbortController().signal).caller);

	/**
	 * The same sandbox, with somebody who keeps it: one whose keeper was killed gets a new one, where that can be done. Not without a person
	 * who hears of it, nor in a session that only looks.
	 */
	async function kept(found: FoundSandbox, {signal, voice}: Calling): Promise<FoundSandbox> {
		if (found.isOwned || voice === undefined || readonly()) return found;
		const {replaceLostKeeper} = await import('../backend/sandbox.ts');
		await replaceLostKeeper(found, {...startOptions(signal), voice}, keeper);
		return found;
	}

	async function withUri(spec: SandboxSpec, {uri, signal}: Starting): Promise<SandboxSpec> {
		return {...spec, uri: spec.uri ?? uri ?? (await connections.startedUri(signal, spec.backend))};
	}

	/** Whether a sandbox whose owner does not answer has ended, or does so now. */
	async function isEnding({record}: FoundSandbox, {signal}: Calling): Promise<boolean> {
		const {isDead} = await import('../backend/host/process-identity.ts');
		return connections.use({uri: record.uri, signal}, async (connection) => {
			// A keeper goes after its domain: where that still runs it was killed, and the domain goes on.
			if (record.lifetime === 'keep' && isDead(record)) {
				return connection.lookupByUuid(record.uuid, {signal}).then(
					() => false,
					() => true,
				);
			}
			return waitUntilGone(connection, record.uuid, signal).then(
				() => true,
				() => false,
			);
		});
	}

	async function waitUntilGone(connection: Connection, uuid: string, signal: AbortSignal): Promise<void> {
		const {waitForEnd} = await import('./domain-events.ts');
		await waitForEnd(connection, uuid, AbortSignal.any([signal, AbortSignal.timeout(goneMs)]));
	}

	/** Ends a sandbox: its owner does so in some way, else libvirt. */
	async function end(
		name: string,
		calling: Calling,
		byOwner: (ways: typeof import('../backend/session/stop-sandbox.ts'), found: FoundSandbox) => Promise<void>,
	): Promise<void> {
		const found = await find(name, calling.uri);
		if (found === undefined) {
			await connections.useDomain(name, calling, async (connection, domain) => {
				await connection.destroy(domain, {signal: calling.signal});
				await waitUntilGone(connection, domain.uuid, calling.signal);
			});
			return;
		}
		await byOwner(await import('../backend/session/stop-sandbox.ts'), found);
		await own.get(name)?.end.closed;
	}

	async function freezerOf(domain: DomainRef, uri: string): Promise<Freezer | undefined> {
		const {findDomainFreezer} = await import('./domain-controller.ts');
		return findDomainFreezer(domain, uri);
	}

	const life: Life = {
		staying: async () => (await findAll()).flatMap(({isOwned, record: {name}}) => (isOwned && outliving.has(name) ? name : [])).toSorted(),
		places: async () => [...new Set((await findAll()).filter(({mayRun}) => mayRun).map(({record}) => record.uri))],
		async startDetached(spec, starting) {
			const {signal, voice, size} = starting;
			const wanted = await withUri(spec, starting);
			if (spec.name !== undefined && (await findAll()).some(({record}) => record.name === spec.name && record.uri === wanted.uri)) {
				throw new ShellError('refused', `Sandbox '${spec.name}' runs already`, {
					hint: `End it with 'stop ${spec.name}', or give this one another name.`,
				});
			}
			const {startCapturedSandbox, startKeptSandbox} = await import('../backend/sandbox.ts');
			const base: StartOptions = {...startOptions(signal), voice, size};
			if (spec.lifetime === 'keep') {
				const {name} = await failedStarts.follow(spec.name, (onBootLog) => startKeptSandbox(wanted, {...base, onBootLog}, keeper));
				outliving.add(name);
				own.delete(name);
				return name;
			}
			const started = await failedStarts.follow(spec.name, (onBootLog) =>
				startFollowed((beforeRemoval) => startCapturedSandbox(wanted, {...base, onBootLog, beforeRemoval})),
			);
			own.set(started.sandbox.name, started);
			return started.sandbox.name;
		},
		stop: (name, calling) => end(name, calling, ({stopSandbox}, found) => stopSandbox(found, calling.graceMs, startOptions(calling.signal))),
		destroy: (name, calling) => end(name, calling, ({destroySandbox}, found) => destroySandbox(found, startOptions(calling.signal))),
		suspend: (name, calling) =>
			connections.useDomain(name, calling, async (connection, domain, {state, uri}) => {
				if (state === 'paused') {
					throw new ShellError('refused', `Sandbox '${name}' is suspended already`, {hint: `'resume ${name}' lets it run on.`});
				}
				const freezer = await freezerOf(domain, uri);
				await (freezer === undefined ? connection.suspend(domain, {signal: calling.signal}) : freezer.freeze(calling.signal));
			}),
		resume: (name, calling) =>
			connections.useDomain(name, calling, async (connection, domain, {state, uri}) => {
				if (state !== 'paused') {
					throw new ShellError('refused', `Sandbox '${name}' is not suspended`, {hint: `It is ${state}.`});
				}
				const freezer = await freezerOf(domain, uri);
				await (freezer === undefined ? connection.resume(domain, {signal: calling.signal}) : freezer.thaw(calling.signal));
			}),
		async signal(name, number, calling) {
			const {statePath} = await kept(await need(name, calling), calling);
			const {askSignal} = await import('../backend/session/control-client.ts');
			await askSignal(statePath, number, startOptions(calling.signal));
		},
		async wait(name, calling) {
			const mine = own.get(name);
			const found = mine?.end.isOver() === false ? undefined : await find(name, calling.uri);
			if (found === undefined && mine !== undefined) {
				const {interruptible} = await import('./domain-events.ts');
				return interruptible(mine.end.command, calling.signal);
			}
			if (found !== undefined) {
				const {askWait} = await import('../backend/session/control-client.ts');
				try {
					await kept(found, calling);
					return await askWait(found.statePath, startOptions(calling.signal));
				} catch (error) {
					// It has ended since, as is found out when its owner is asked, or another one is to keep it.
					if (error instanceof ShellError && error.code === 'not-found') return undefined;
					// Its owner is just ending with it: that is what was waited for.
					if (error instanceof ShellError && error.code === 'unavailable' && !calling.signal.aborted && (await isEnding(found, calling))) {
						return undefined;
					}
					throw error;
				}
			}
			return connections.useDomain(name, calling, async (connection, domain) => {
				const {waitForEnd} = await import('./domain-events.ts');
				await waitForEnd(connection, domain.uuid, calling.signal);
				return undefined;
			});
		},
		...createConsoleLife({need, needJoined, startOptions, isOneOutput, kept}),
		async *log(name, {console, follow, sinceMs, ...calling}) {
			const found = await find(name, calling.uri);
			const gone = found === undefined ? (failedStarts.find(name) ?? own.get(name)?.end) : undefined;
			if (gone !== undefined) {
				assertCaptured(name, console, gone.consoles());
				yield* gone.lines().filter((line) => (console === undefined || line.console === console) && line.timeMs >= (sinceMs ?? 0));
				return;
			}
			const {statePath} = found ?? (await need(name, calling));
			const [{logNames}, {readLog}] = await Promise.all([
				import('../backend/session/capture/open-logs.ts'),
				import('../backend/session/capture/read-log.ts'),
			]);
			assertCaptured(name, console, logNames(statePath));
			yield* readLog(statePath, {console, follow, sinceMs, signal: calling.signal});
			calling.signal.throwIfAborted();
		},
	};

	return {
		life,
		living: () => [...own].filter(([, {end}]) => !end.isOver()).map(([name]) => name),
		async close() {
			await Promise.all(
				[...own.values()].map(async ({sandbox, end}) => {
					if (!end.isOver()) {
						await sandbox.destroy();
					}
					await end.closed;
				}),
			);
		},
	};
}

/** Throws for a console that was not captured, and names those that were. `names`: none where that is not known. */
function assertCaptured(sandbox: string, console: string | undefined, names: readonly string[]): void {
	if (console === undefined || names.length === 0 || names.includes(console)) return;
	throw new ShellError('not-found', `Sandbox '${sandbox}' has no console '${console}' that was captured`, {
		hint: didYouMean(console, names) ?? `There are: ${names.toSorted().join(', ')}.`,
	});
}
