import {setTimeout as wait} from 'node:timers/promises';
import type {GuestSession} from '../../backend/types.ts';
import type {Sandboxes} from '../../commands/sandboxes.ts';
import {ShellError} from '../../core/errors.ts';
import {onceClosed} from '../../core/stream-ends.ts';
import type {SandboxRef} from './console-entry.ts';

export interface JoinOptions {
	readonly sandboxes: Pick<Sandboxes, 'consoles' | 'watchConsoles' | 'console'>;
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

/** One start of a sandbox that is followed. */
interface Followed {
	readonly sandbox: SandboxRef;
	readonly joined: Promise<void>;
	/** Names of its consoles that are joined, or about to be. */
	readonly open: Set<string>;
	/** Ends what it is watched by. */
	readonly leave: AbortController;
	isWatched: boolean;
	/** Looks for its consoles, one after the other. */
	looking: Promise<unknown>;
}

export function createJoiner({sandboxes, signal, onConsole}: JoinOptions): Joiner {
	const following = new Map<string, Followed>();

	async function joinOne(followed: Followed, console: string): Promise<void> {
		const {sandbox, open} = followed;
		const {name, uri, uuid} = sandbox;
		open.add(console);
		const session = await sandboxes.console(name, console, {uri, uuid, recentBytes, signal}).catch(() => undefined);
		if (session === undefined) {
			open.delete(console);
			return;
		}
		onceClosed(session.stdout, () => open.delete(console));
		// Cut off while it still said something: it is joined anew.
		session.exited.catch(() => look(followed));
		await onConsole(sandbox, console, session);
	}

	async function join(followed: Followed): Promise<void> {
		const {sandbox, open} = followed;
		const {name: sandboxName, uri, uuid} = sandbox;
		const rows = await sandboxes.consoles(sandboxName, {uri, uuid, signal});
		const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
		const names = rows.filter(({name, state}) => state !== 'free' && !open.has(name)).map(({name}) => name);
		for (const name of names.toSorted((a, b) => rank(a) - rank(b))) {
			const joining = joinOne(followed, name);
			// Who has one of exec may be stopped, and is waited for by nobody.
			if (!name.startsWith('exec')) {
				await joining;
			}
		}
	}

	function look(followed: Followed): void {
		if (following.get(followed.sandbox.uuid) === followed) {
			followed.looking = followed.looking.then(() => join(followed)).catch(() => undefined);
		}
	}

	/** Commands that others run on terminals of their own come and go. */
	async function watch(followed: Followed): Promise<void> {
		if (!followed.isWatched) {
			const {sandbox, leave} = followed;
			const watching = AbortSignal.any([signal, leave.signal]);
			await sandboxes.watchConsoles(sandbox.name, () => look(followed), {uri: sandbox.uri, uuid: sandbox.uuid, signal: watching});
			followed.isWatched = true;
		}
	}

	/** A domain runs a little before its consoles can be joined. */
	async function joinSoon(followed: Followed): Promise<void> {
		for (const delay of [...retryMs, undefined]) {
			try {
				await watch(followed);
				await join(followed);
				return;
			} catch (error) {
				const isHopeless = error instanceof ShellError && error.code === 'refused';
				if (delay === undefined || isHopeless || signal.aborted || following.get(followed.sandbox.uuid) !== followed) {
					forget(followed);
					return;
				}
				await wait(delay, undefined, {signal}).catch(() => undefined);
			}
		}
	}

	function begin(sandbox: SandboxRef): Promise<void> {
		const started = Promise.withResolvers<void>();
		const followed: Followed = {
			sandbox,
			joined: started.promise,
			open: new Set(),
			leave: new AbortController(),
			isWatched: false,
			looking: started.promise,
		};
		following.set(sandbox.uuid, followed);
		void joinSoon(followed).then(started.resolve);
		return started.promise;
	}

	function forget(followed: Followed): void {
		const {uuid} = followed.sandbox;
		followed.leave.abort();
		if (following.get(uuid) === followed) {
			following.delete(uuid);
		}
	}

	return {
		async follow(wanted) {
			for (const followed of following.values()) {
				if (!wanted.some(({uuid}) => uuid === followed.sandbox.uuid)) {
					forget(followed);
				}
			}
			await Promise.all(wanted.map((sandbox) => following.get(sandbox.uuid)?.joined ?? begin(sandbox)));
		},
		followed: () => [...following.values()].map(({sandbox}) => sandbox),
	};
}
