import type {DomainEvent, Sandboxes} from '../../commands/sandboxes.ts';
import type {SandboxMark} from '../model/screen-store.ts';

export interface WatchOptions {
	readonly sandboxes: Pick<Sandboxes, 'defaultUri' | 'list' | 'events'>;
	/** The connection that the session uses; undefined: the default. */
	readonly uri: () => string | undefined;
	readonly signal: AbortSignal;
	/** The connection that is tried. */
	readonly onTarget: (uri: string) => void;
	readonly onList: (sandboxes: readonly SandboxMark[], uri: string) => void;
	readonly onEvent: (event: DomainEvent) => void;
	/** The connection was open and is no more. */
	readonly onLost: (uri: string) => void;
}

/** Follows what runs on a connection by libvirt's events; nothing is asked while nothing happens. */
export interface Watch {
	/** After a command: the connection may be another one, or there at last. */
	refresh(): Promise<void>;
}

export function watchSandboxes({sandboxes, uri, signal, onTarget, onList, onEvent, onLost}: WatchOptions): Watch {
	let following: {readonly uri: string; readonly controller: AbortController} | undefined;
	let listing = false;
	let again = false;

	async function list(target: string): Promise<void> {
		if (listing) {
			again = true;
			return;
		}
		listing = true;
		try {
			do {
				again = false;
				const rows = await sandboxes.list({all: false, uri: target, signal});
				onList(
					rows.filter(({ours}) => ours).map(({name, state}) => ({name, state})),
					target,
				);
			} while (again && !signal.aborted);
		} finally {
			listing = false;
		}
	}

	async function follow(target: string, controller: AbortController): Promise<void> {
		try {
			for await (const event of sandboxes.events({uri: target, signal: AbortSignal.any([signal, controller.signal])})) {
				onEvent(event);
				await list(target).catch(() => undefined);
			}
		} catch {
			if (!controller.signal.aborted && !signal.aborted) {
				onLost(target);
			}
		} finally {
			if (following?.controller === controller) {
				following = undefined;
			}
		}
	}

	async function refresh(): Promise<void> {
		const target = uri() ?? (await sandboxes.defaultUri(AbortSignal.any([signal, AbortSignal.timeout(2000)])).catch(() => undefined));
		if (target === undefined || following?.uri === target || signal.aborted) {
			return;
		}
		following?.controller.abort();
		following = undefined;
		onTarget(target);
		try {
			await list(target);
		} catch {
			return;
		}
		const controller = new AbortController();
		following = {uri: target, controller};
		void follow(target, controller);
	}

	let last: Promise<void> = Promise.resolve();
	return {
		refresh() {
			last = last.then(refresh);
			return last;
		},
	};
}
