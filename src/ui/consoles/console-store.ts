import {setTimeout as wait} from 'node:timers/promises';
import type {Session as GuestSession, TerminalSize} from '../../backend/types.ts';
import type {Sandboxes} from '../../commands/sandboxes.ts';
import type {ConsoleEntry, HeldConsole} from './console-entry.ts';
import {lendConsole} from './lend-console.ts';

export interface ConsoleStoreOptions {
	readonly sandboxes: Pick<Sandboxes, 'consoles' | 'console'>;
	readonly uri: () => string | undefined;
	readonly signal: AbortSignal;
	readonly onChange: () => void;
	readonly onBell: () => void;
}

/** All consoles of all sandboxes that run, in the order in which they came. */
export interface ConsoleStore {
	list(): readonly ConsoleEntry[];
	find(key: string): ConsoleEntry | undefined;
	/** Joins the consoles of the sandboxes that run and are not joined yet; those of others end by themselves. */
	follow(names: readonly string[]): Promise<void>;
	/** The sandboxes that are joined. */
	followed(): readonly string[];
	/** Keys for the guest. */
	type(key: string, bytes: Uint8Array): void;
	/** The size of the pane that shows it. */
	resize(key: string, size: TerminalSize): void;
	/** A session for the whole terminal: begins with what is on the console's screen. */
	lend(key: string): {readonly session: GuestSession; giveBack(): void} | undefined;
	/** A console of another kind, as a recording that is played; gives its key. */
	add(sandbox: string, name: string, session: GuestSession, size: TerminalSize): Promise<string>;
	tap(key: string, listener: (chunk: Uint8Array) => void): () => void;
	/** Forgets consoles that have ended. */
	forget(key: string): void;
	close(): void;
}

const firstSize = {columns: 80, rows: 24};
/** Names of consoles that a person reads, the most interesting first. */
const order = ['tty', 'stdout', 'stderr', 'shell', 'boot'];
/** Between the attempts to join the consoles of a sandbox that has just begun, in milliseconds. */
const retryMs = [50, 100, 200, 400, 800, 1600];
/** Consoles that have ended and can still be read. */
const keptEnded = 20;

export function createConsoleStore({sandboxes, uri, signal, onChange, onBell}: ConsoleStoreOptions): ConsoleStore {
	let entries: readonly HeldConsole[] = [];
	const following = new Map<string, Promise<void>>();

	/** A domain runs a little before its consoles can be joined. */
	async function joinSoon(sandbox: string): Promise<void> {
		for (const delay of [...retryMs, undefined]) {
			try {
				await join(sandbox);
				return;
			} catch {
				if (delay === undefined || signal.aborted || !following.has(sandbox)) {
					following.delete(sandbox);
					return;
				}
				await wait(delay, undefined, {signal}).catch(() => undefined);
			}
		}
	}

	async function join(sandbox: string): Promise<void> {
		const rows = await sandboxes.consoles(sandbox, {uri: uri(), signal});
		const names = rows.filter(({state}) => state === 'captured').map(({name}) => name);
		const {createEmulator} = await import('./emulator.ts');
		const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
		for (const name of names.toSorted((a, b) => rank(a) - rank(b))) {
			const session = await sandboxes.console(sandbox, name, {uri: uri(), signal}).catch(() => undefined);
			if (session !== undefined) {
				add(sandbox, name, session, createEmulator);
			}
		}
		onChange();
	}

	function begin(sandbox: string): Promise<void> {
		const started = Promise.withResolvers<void>();
		following.set(sandbox, started.promise);
		void joinSoon(sandbox).then(started.resolve);
		return started.promise;
	}

	function add(sandbox: string, name: string, session: GuestSession, createEmulator: typeof import('./emulator.ts').createEmulator, size = firstSize): void {
		const key = `${sandbox} ${name}`;
		const writable = name === 'tty' || name === 'shell' || name.startsWith('exec');
		const taps = new Set<(chunk: Uint8Array) => void>();
		const entry: HeldConsole = {
			key,
			sandbox,
			name,
			writable,
			state: 'open',
			unread: false,
			session,
			taps,
			attached: false,
			size,
			isFixed: size !== firstSize,
			emulator: createEmulator({
				...size,
				onChange,
				onAnswer(text) {
					if (!entry.attached && entry.state === 'open' && writable) {
						session.stdin.write(text);
					}
				},
				onPressure: (stop) => (stop ? session.stdout.pause() : session.stdout.resume()),
				onBell,
			}),
		};
		// A log has line feeds only.
		const convert = name === 'stdout' || name === 'stderr';
		session.stdout.on('data', (chunk: Uint8Array) => {
			const bytes = convert ? Buffer.from(Buffer.from(chunk).toString('latin1').replaceAll(/\r?\n/g, '\r\n'), 'latin1') : Uint8Array.from(chunk);
			entry.emulator.write(bytes);
			entry.unread = true;
			for (const tap of taps) {
				tap(bytes);
			}
		});
		const end = (): void => {
			if (entry.state === 'open') {
				entry.state = 'ended';
				session.stdin.destroy();
				onChange();
			}
		};
		session.stdout.once('end', end);
		session.stdout.once('close', end);
		session.stdout.on('error', end);
		session.stdin.on('error', () => {});
		const old = entries.find((each) => each.key === key);
		old?.emulator.dispose();
		entries = [...entries.filter((each) => each !== old), entry];
		const ended = entries.filter((each) => each.state === 'ended');
		for (const each of ended.slice(0, Math.max(0, ended.length - keptEnded))) {
			drop(each);
		}
	}

	function drop(entry: HeldConsole): void {
		entry.emulator.dispose();
		entry.session.stdout.destroy();
		entries = entries.filter((each) => each !== entry);
	}

	const held = (key: string): HeldConsole | undefined => entries.find((each) => each.key === key);

	return {
		list: () => entries,
		find: held,
		async follow(names) {
			for (const name of following.keys()) {
				if (!names.includes(name)) {
					following.delete(name);
				}
			}
			await Promise.all(
				names.map((name) => {
					const begun = following.get(name) ?? begin(name);
					return begun;
				}),
			);
		},
		followed: () => [...following.keys()],
		type(key, bytes) {
			const entry = held(key);
			if (entry?.state === 'open' && entry.writable) {
				entry.session.stdin.write(bytes);
			}
		},
		resize(key, size) {
			const entry = held(key);
			if (entry !== undefined && !entry.attached && !entry.isFixed && (entry.size.columns !== size.columns || entry.size.rows !== size.rows)) {
				entry.size = size;
				entry.emulator.resize(size.columns, size.rows);
				if (entry.state === 'open') {
					entry.session.resize(size);
				}
			}
		},
		lend(key) {
			const entry = held(key);
			return entry === undefined || entry.state === 'ended' ? undefined : lendConsole(entry);
		},
		async add(sandbox, name, session, size) {
			const {createEmulator} = await import('./emulator.ts');
			add(sandbox, name, session, createEmulator, size);
			onChange();
			return `${sandbox} ${name}`;
		},
		tap(key, listener) {
			const taps = held(key)?.taps;
			taps?.add(listener);
			return () => taps?.delete(listener);
		},
		forget(key) {
			const entry = held(key);
			if (entry?.state === 'ended') {
				drop(entry);
				onChange();
			}
		},
		close() {
			for (const entry of entries) {
				drop(entry);
			}
		},
	};
}
