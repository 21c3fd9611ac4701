import type {DomainEvent, Sandboxes} from '../../commands/sandboxes.ts';
import type {SandboxMark} from '../model/screen-store.ts';

interface WatchOptions {
	readonly sandboxes: Pick<Sandboxes, 'defaultUri' | 'list' | 'events' | 'places'>;
	/** The connection that the session uses; undefined: the default. */
	readonly uri: () => string | undefined;
	readonly signal: AbortSignal;
	/** The session uses another connection than before. */
	readonly onTarget: (uri: string) => void;
	/** What runs of ours, on all connections; asked of one of them just now. */
	readonly onList: (sandboxes: readonly SandboxMark[], uri: string) => void;
	readonly onEvent: (event: DomainEvent) => void;
	/** The connection was open and is no more; what is known to run elsewhere, and why. */
	readonly onLost: (uri: string, sandboxes: readonly SandboxMark[], why: string) => void;
}

/** One connection that is followed. */
interface Place {
	readonly controller: AbortController;
	rows: readonly SandboxMark[];
	isListing: boolean;
	again: boolean;
}

/** Follows what runs by libvirt's events, on the session's connection and wherever else sandboxes of this user run; nothing is asked while nothing happens. */
export function watchSandboxes({sandboxes, uri, signal, onTarget, onList, onEvent, onLost}: WatchOptions) {
	const places = new Map<string, Place>();
	let target: string | undefined;

	async function list(at: string, place: Place): Promise<void> {
		if (place.isListing) {
			place.again = true;
			return;
		}
		place.isListing = true;
		try {
			do {
				place.again = false;
				const rows = await sandboxes.list({all: false, uri: at, signal});
				if (places.get(at) !== place) {
					return;
				}
				place.rows = rows.filter(({ours}) => ours).map(({name, state, uuid}) => ({name, state, uri: at, uuid}));
				onList(known(), at);
			} while (place.again && !signal.aborted);
		} finally {
			place.isListing = false;
		}
	}

	/** Each once: two addresses may lead to one daemon. */
	const known = (): readonly SandboxMark[] => {
		const all = [...places.values()].flatMap(({rows}) => rows);
		return all.filter(({uuid}, index) => all.findIndex((each) => each.uuid === uuid) === index);
	};

	function follow(at: string): void {
		const place: Place = {controller: new AbortController(), rows: [], isListing: false, again: false};
		let isOpen = false;
		places.set(at, place);
		const onReady = (): void => {
			isOpen = true;
			void list(at, place).catch(() => undefined);
		};
		const run = async (): Promise<void> => {
			let why = 'libvirtd sends no more events';
			try {
				for await (const event of sandboxes.events({uri: at, signal: AbortSignal.any([signal, place.controller.signal]), onReady})) {
					onEvent(event);
					void list(at, place).catch(() => undefined);
				}
			} catch (error) {
				// It cannot be opened, or was lost.
				why = error instanceof Error ? error.message : String(error);
			}
			if (places.get(at) === place) {
				places.delete(at);
				if (isOpen && !signal.aborted) {
					onLost(at, known(), why);
				}
			}
		};
		void run();
	}

	async function refresh(): Promise<void> {
		const now = uri() ?? (await sandboxes.defaultUri(AbortSignal.any([signal, AbortSignal.timeout(2000)])).catch(() => undefined));
		if (signal.aborted) {
			return;
		}
		const elsewhere = await sandboxes.places().catch(() => []);
		const wanted = new Set([...(now === undefined ? [] : [now]), ...elsewhere]);
		if (now !== undefined && now !== target) {
			target = now;
			onTarget(now);
		}
		for (const [at, place] of places) {
			if (!wanted.has(at)) {
				place.controller.abort();
				places.delete(at);
			}
		}
		for (const at of wanted) {
			if (!places.has(at)) {
				follow(at);
			}
		}
	}

	let last: Promise<void> = Promise.resolve();
	return {
		/** After a command: the connection may be another one, or there at last. Resolves once it is known which connections are followed; what runs there comes when they answer. */
		refresh(): Promise<void> {
			// One that fails is no reason for the next not to look.
			last = last.then(refresh).catch(() => undefined);
			return last;
		},
	};
}
