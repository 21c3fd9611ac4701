import {setTimeout as wait} from 'node:timers/promises';
import type {Session as GuestSession} from '../../backend/types.ts';
import type {Sandboxes} from '../../commands/sandboxes.ts';
import {ShellError} from '../../core/errors.ts';
import type {SandboxRef} from './console-entry.ts';

export interface JoinOptions {
	readonly sandboxes: Pick<Sandboxes, 'consoles' | 'console'>;
	readonly signal: AbortSignal;
	readonly onConsole: (sandbox: SandboxRef, name: string, session: GuestSession) => Promise<unknown>;
}

/** Joins the consoles of sandboxes, each start of one once. */
export interface Joiner {
	/** Joins those that run and are not joined yet; what failed is tried again. Consoles of others end by themselves. */
	follow(sandboxes: readonly SandboxRef[]): Promise<void>;
	followed(): readonly SandboxRef[];
}

/** Names of consoles that a person reads, the most interesting first. */
const order = ['tty', 'stdout', 'stderr', 'shell', 'boot'];
/** Between the attempts to join the consoles of a sandbox that has just begun, in milliseconds. */
const retryMs = [50, 100, 200, 400, 800, 1600];
/** What is shown of what a console said before it was joined. */
const recentBytes = 128 * 1024;

export function createJoiner({sandboxes, signal, onConsole}: JoinOptions): Joiner {
	const following = new Map<string, {readonly sandbox: SandboxRef; readonly joined: Promise<void>}>();

	async function join({name: sandbox, uri, uuid}: SandboxRef): Promise<void> {
		const rows = await sandboxes.consoles(sandbox, {uri, uuid, signal});
		const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
		// A spare one is whoever's runs a command on it.
		const names = rows.filter(({name, state}) => state !== 'free' && !name.startsWith('exec')).map(({name}) => name);
		for (const name of names.toSorted((a, b) => rank(a) - rank(b))) {
			const session = await sandboxes.console(sandbox, name, {uri, uuid, recentBytes, signal}).catch(() => undefined);
			if (session !== undefined) {
				await onConsole({name: sandbox, uri, uuid}, name, session);
			}
		}
	}

	/** A domain runs a little before its consoles can be joined. */
	async function joinSoon(sandbox: SandboxRef): Promise<void> {
		for (const delay of [...retryMs, undefined]) {
			try {
				await join(sandbox);
				return;
			} catch (error) {
				const isHopeless = error instanceof ShellError && error.code === 'refused';
				if (delay === undefined || isHopeless || signal.aborted || !following.has(sandbox.uuid)) {
					following.delete(sandbox.uuid);
					return;
				}
				await wait(delay, undefined, {signal}).catch(() => undefined);
			}
		}
	}

	function begin(sandbox: SandboxRef): Promise<void> {
		const started = Promise.withResolvers<void>();
		following.set(sandbox.uuid, {sandbox, joined: started.promise});
		void joinSoon(sandbox).then(started.resolve);
		return started.promise;
	}

	return {
		async follow(wanted) {
			for (const uuid of following.keys()) {
				if (!wanted.some((each) => each.uuid === uuid)) {
					following.delete(uuid);
				}
			}
			await Promise.all(wanted.map((sandbox) => following.get(sandbox.uuid)?.joined ?? begin(sandbox)));
		},
		followed: () => [...following.values()].map(({sandbox}) => sandbox),
	};
}
