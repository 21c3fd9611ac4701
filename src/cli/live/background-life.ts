import type {Sandboxes} from '../../commands/sandboxes.ts';
import {ShellError} from '../../core/errors.ts';
import {keepInBackground, type BackgroundSandbox} from './background.ts';
import type {Connections} from './connections.ts';

/** The part of the running side that is about sandboxes in the background. */
type Life = Pick<Sandboxes, 'startDetached' | 'stop' | 'destroy' | 'suspend' | 'resume' | 'signal' | 'wait' | 'exec' | 'consoles' | 'console' | 'log'>;

export interface BackgroundLife {
	readonly life: Life;
	living(): readonly string[];
	close(): Promise<void>;
}

const signals = {hangUp: 1, terminate: 15} as const;
/** How long the end of a domain may take that was destroyed, in milliseconds. */
const goneMs = 20_000;

export function createBackgroundLife(connections: Connections, begin: Sandboxes['start']): BackgroundLife {
	// The last one of a name stays when it has ended: its log can still be read.
	const own = new Map<string, BackgroundSandbox>();
	const alive = (name: string): BackgroundSandbox | undefined => {
		const found = own.get(name);
		return found === undefined || found.status().ended ? undefined : found;
	};

	const elsewhere = (what: string, name: string) =>
		new ShellError('unavailable', `Sandbox '${name}' belongs to another process, and ${what} does not reach it yet`, {
			hint: 'Do it in the session that started it.',
		});

	async function destroyDomain(name: string, calling: Parameters<Life['destroy']>[1]): Promise<void> {
		await connections.useDomain(name, calling, async (connection, domain) => {
			const {waitForEnd} = await import('./domain-events.ts');
			await connection.destroy(domain, {signal: calling.signal});
			await waitForEnd(connection, domain.uuid, {...calling, signal: AbortSignal.any([calling.signal, AbortSignal.timeout(goneMs)])});
		});
	}

	const life: Life = {
		async startDetached(spec, starting) {
			if (spec.lifetime === 'keep') {
				throw new ShellError('unavailable', 'A sandbox cannot be kept after the session yet', {hint: 'Use lifetime client: it ends with the session.'});
			}
			if (spec.name !== undefined && alive(spec.name) !== undefined) {
				throw new ShellError('refused', `Sandbox '${spec.name}' runs already`, {
					hint: `End it with 'stop ${spec.name}', or give this one another name.`,
				});
			}
			const sandbox = await begin(spec, starting);
			own.set(sandbox.name, keepInBackground(sandbox, spec.tty));
			return sandbox.name;
		},
		async stop(name, calling) {
			const found = alive(name);
			if (found === undefined) {
				await destroyDomain(name, calling);
				return;
			}
			for (const signal of found.tty ? [signals.hangUp, signals.terminate] : [signals.terminate]) {
				found.sandbox.session.kill(signal);
			}
			const timer = setTimeout(() => void found.sandbox.destroy().catch(() => undefined), calling.graceMs);
			try {
				await found.over;
			} finally {
				clearTimeout(timer);
			}
		},
		async destroy(name, calling) {
			const found = alive(name);
			if (found === undefined) {
				await destroyDomain(name, calling);
				return;
			}
			await found.sandbox.destroy();
			await found.over;
		},
		suspend: (name, calling) =>
			connections.useDomain(name, calling, (connection, domain, {state}) => {
				if (state === 'paused') {
					throw new ShellError('refused', `Sandbox '${name}' is suspended already`, {hint: `'resume ${name}' lets it run on.`});
				}
				return connection.suspend(domain, {signal: calling.signal});
			}),
		resume: (name, calling) =>
			connections.useDomain(name, calling, (connection, domain, {state}) => {
				if (state !== 'paused') {
					throw new ShellError('refused', `Sandbox '${name}' is not suspended`, {hint: `It is ${state}.`});
				}
				return connection.resume(domain, {signal: calling.signal});
			}),
		async signal(name, number, calling) {
			const found = alive(name);
			if (found === undefined) {
				await connections.useDomain(name, calling, () => Promise.reject(elsewhere('a signal', name)));
				return;
			}
			found.sandbox.session.kill(number);
		},
		async wait(name, calling) {
			const found = own.get(name);
			if (found !== undefined) {
				const late = Promise.withResolvers<never>();
				const onAbort = () => late.reject(calling.signal.reason);
				calling.signal.addEventListener('abort', onAbort, {once: true});
				try {
					return await Promise.race([found.over, late.promise]);
				} finally {
					calling.signal.removeEventListener('abort', onAbort);
				}
			}
			return connections.useDomain(name, calling, async (connection, domain) => {
				const {waitForEnd} = await import('./domain-events.ts');
				await waitForEnd(connection, domain.uuid, calling);
				return undefined;
			});
		},
		exec: (name, _exec, calling) => connections.useDomain(name, calling, () => Promise.reject(elsewhere('exec', name))),
		async consoles(name, calling) {
			const found = own.get(name);
			if (found !== undefined) {
				const state = found.status().ended ? 'ended' : 'captured';
				return (found.tty ? ['tty'] : ['stdout', 'stderr']).map((console) => ({
					name: console,
					kind: console === 'tty' ? 'terminal of the command' : 'output of the command',
					state,
				}));
			}
			return connections.useDomain(name, calling, () => Promise.reject(elsewhere('consoles', name)));
		},
		async console(name, console, calling) {
			const found = alive(name);
			if (found === undefined) {
				return connections.useDomain(name, calling, () => Promise.reject(elsewhere('console', name)));
			}
			if (!found.tty || (console !== undefined && console !== 'tty')) {
				throw new ShellError(
					console === undefined || found.tty ? 'not-found' : 'refused',
					`Sandbox '${name}' has no terminal ${console === undefined ? 'to attach' : `'${console}'`}`,
					{
						hint: "Start it with 'set tty on'.",
					},
				);
			}
			return found.sandbox.session;
		},
		async *log(name, {console, follow, sinceMs, ...calling}) {
			const found = own.get(name);
			if (found === undefined) {
				await connections.useDomain(name, calling, () => Promise.reject(elsewhere('log', name)));
				return;
			}
			const {capture} = found;
			let seen = 0;
			for (;;) {
				const lines = capture.lines().slice(Math.max(0, seen - capture.dropped));
				seen = capture.dropped + capture.lines().length;
				for (const line of lines) {
					if ((console === undefined || line.console === console) && (sinceMs === undefined || line.timeMs >= sinceMs)) {
						yield line;
					}
				}
				if (!follow || (capture.ended && capture.dropped + capture.lines().length === seen)) {
					return;
				}
				const aborted = Promise.withResolvers<void>();
				calling.signal.addEventListener('abort', () => aborted.resolve(), {once: true});
				await Promise.race([capture.more(seen), aborted.promise]);
				calling.signal.throwIfAborted();
			}
		},
	};

	return {
		life,
		living: () => [...own.keys()].filter((name) => alive(name) !== undefined),
		async close() {
			await Promise.all(
				[...own.values()].map(async (each) => {
					if (!each.status().ended) {
						await each.sandbox.destroy();
						await each.over;
					}
				}),
			);
		},
	};
}
