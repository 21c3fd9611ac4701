import {setTimeout as wait} from 'node:timers/promises';
import type {Session as GuestSession} from '../../backend/types.ts';
import type {Sandboxes} from '../../commands/sandboxes.ts';
import {ShellError} from '../../core/errors.ts';
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
/** Nobody is there, or this session has it already. */
const unjoinable: ReadonlySet<string> = new Set(['free', 'in use here']);
/** Between the attempts to join the consoles of a sandbox that has just begun, in milliseconds. */
const retryMs = [50, 100, 200, 400, 800, 1600];
/** What is shown of what a console said before it was joined. */
const recentBytes = 128 * 1024;

/** One start of a sandbox that is followed. */
interface Followed {
	readonly sandbox: SandboxRef;
	readonly joined: Promise<void>;
	/** Names of its consoles that are joined. */
	readonly open: Set<string>;
	/** Ends what it is watched by. */
	readonly leave: AbortController;
	/** Looks for its consoles, one after the other. */
	looking: Promise<void>;
}

export function createJoiner({sandboxes, signal, onConsole}: JoinOptions): Joiner {
	const following = new Map<string, Followed>();

	async function join({sandbox: {name: sandbox, uri, uuid}, open}: Followed): Promise<void> {
		const rows = await sandboxes.consoles(sandbox, {uri, uuid, signal});
		const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
		const names = rows.filter(({name, state}) => !unjoinable.has(state) && !open.has(name)).map(({name}) => name);
		for (const name of names.toSorted((a, b) => rank(a) - rank(b))) {
			const session = await sandboxes.console(sandbox, name, {uri, uuid, recentBytes, signal}).catch(() => undefined);
			if (session !== undefined) {
				open.add(name);
				session.stdout.once('close', () => open.delete(name));
				await onConsole({name: sandbox, uri, uuid}, name, session);
			}
		}
	}

	/** Commands that others run on terminals of their own come and go. */
	async function watch(followed: Followed): Promise<void> {
		const {sandbox, leave} = followed;
		const look = (): void => {
			followed.looking = followed.looking.then(() => join(followed)).catch(() => undefined);
		};
		await sandboxes.watchConsoles(sandbox.name, look, {uri: sandbox.uri, uuid: sandbox.uuid, signal: AbortSignal.any([signal, leave.signal])});
	}

	/** A domain runs a little before its consoles can be joined. */
	async function joinSoon(followed: Followed): Promise<void> {
		const {uuid} = followed.sandbox;
		for (const delay of [...retryMs, undefined]) {
			try {
				await watch(followed);
				await join(followed);
				return;
			} catch (error) {
				const isHopeless = error instanceof ShellError && error.code === 'refused';
				if (delay === undefined || isHopeless || signal.aborted || following.get(uuid) !== followed) {
					forget(uuid);
					return;
				}
				await wait(delay, undefined, {signal}).catch(() => undefined);
			}
		}
	}

	function begin(sandbox: SandboxRef): Promise<void> {
		const started = Promise.withResolvers<void>();
		const followed: Followed = {sandbox, joined: started.promise, open: new Set(), leave: new AbortController(), looking: started.promise};
		following.set(sandbox.uuid, followed);
		void joinSoon(followed).then(started.resolve);
		return started.promise;
	}

	function forget(uuid: string): void {
		following.get(uuid)?.leave.abort();
		following.delete(uuid);
	}

	return {
		async follow(wanted) {
			for (const uuid of following.keys()) {
				if (!wanted.some((each) => each.uuid === uuid)) {
					forget(uuid);
				}
			}
			await Promise.all(wanted.map((sandbox) => following.get(sandbox.uuid)?.joined ?? begin(sandbox)));
		},
		followed: () => [...following.values()].map(({sandbox}) => sandbox),
	};
}
