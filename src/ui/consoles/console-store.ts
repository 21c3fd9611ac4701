import type {GuestSession, TerminalSize} from '../../backend/types.ts';
import {consoleKey, takesKeys, type ConsoleEntry, type HeldConsole} from './console-entry.ts';
import {holdConsole, type ConsoleSource} from './hold-console.ts';
import {createJoiner, type Joiner, type JoinOptions} from './join-sandboxes.ts';
import {lendConsole} from './lend-console.ts';

interface ConsoleStoreOptions extends Pick<JoinOptions, 'sandboxes' | 'signal'> {
	readonly onChange: () => void;
	readonly onBell: () => void;
}

/** All consoles of all sandboxes that are joined, in the order of their numbers. */
export interface ConsoleStore extends Joiner {
	list(): readonly ConsoleEntry[];
	find(key: string): ConsoleEntry | undefined;
	/** Keys for the guest. */
	type(key: string, bytes: Uint8Array): void;
	/** The size of the pane that shows it. */
	resize(key: string, size: TerminalSize): void;
	/** A session for the whole terminal: begins with what is on the console's screen. */
	lend(key: string): {readonly session: GuestSession; giveBack(): void} | undefined;
	/** A console that is no part of a sandbox, as a recording that is played; gives its key. */
	add(source: ConsoleSource): Promise<string>;
	/** Ends that and forgets it; what is part of a sandbox stays. */
	remove(key: string): void;
	tap(key: string, listener: (chunk: Uint8Array) => void): () => void;
	close(): void;
}

/** Consoles that have ended and can still be read. */
const keptEnded = 20;
/** Numbers that have a key. */
const keyed = 9;

export function createConsoleStore({sandboxes, signal, onChange, onBell}: ConsoleStoreOptions): ConsoleStore {
	/** The oldest first. */
	let entries: readonly HeldConsole[] = [];
	let byNumber: readonly HeldConsole[] = [];
	const closed = new AbortController();
	const joiner = createJoiner({
		sandboxes,
		signal: AbortSignal.any([signal, closed.signal]),
		onConsole: ({name: sandbox, uri}, name, session) => add({sandbox, name, uri, session}),
	});
	const held = (key: string): HeldConsole | undefined => entries.find((each) => each.key === key);

	function keep(now: readonly HeldConsole[]): void {
		entries = now;
		byNumber = now.toSorted((a, b) => a.number - b.number);
	}

	async function add(source: ConsoleSource): Promise<string> {
		// Loaded with the first console.
		const {createEmulator} = await import('./emulator.ts');
		const key = consoleKey(source.sandbox, source.name, source.uri);
		if (closed.signal.aborted) {
			// Joined at the last moment: nobody would let it go any more, and this process not end.
			source.session.stdin.destroy();
			source.session.stdout.destroy();
			return key;
		}
		const old = held(key);
		const number = old?.number ?? freeNumber();
		if (old !== undefined) {
			drop(old);
		}
		keep([...entries, holdConsole(source, {number, createEmulator, onChange, onBell})]);
		for (const each of entries.filter(({state}) => state === 'ended').slice(0, -keptEnded)) {
			drop(each);
		}
		onChange();
		return key;
	}

	/** The first that nobody has. Where no key is left, one that has ended gives its own. */
	function freeNumber(): number {
		const taken = new Set(entries.map(({number}) => number));
		let number = 1;
		while (taken.has(number)) {
			number++;
		}
		const ended = number > keyed ? entries.find(({state}) => state === 'ended') : undefined;
		if (ended === undefined) {
			return number;
		}
		drop(ended);
		return ended.number;
	}

	function drop(entry: HeldConsole): void {
		entry.emulator.dispose();
		entry.session.stdout.destroy();
		keep(entries.filter((each) => each !== entry));
	}

	return {
		...joiner,
		list: () => byNumber,
		find: held,
		type(key, bytes) {
			const entry = held(key);
			if (entry !== undefined && takesKeys(entry)) {
				entry.session.stdin.write(bytes);
			}
		},
		resize(key, size) {
			const entry = held(key);
			if (entry !== undefined && !entry.attached && !entry.isFixed && (entry.size.columns !== size.columns || entry.size.rows !== size.rows)) {
				entry.resize(size);
			}
		},
		lend(key) {
			const entry = held(key);
			return entry === undefined || entry.state === 'ended' ? undefined : lendConsole(entry);
		},
		add,
		remove(key) {
			const entry = held(key);
			if (entry !== undefined && entry.uri === '') {
				drop(entry);
				onChange();
			}
		},
		tap(key, listener) {
			const taps = held(key)?.taps;
			taps?.add(listener);
			return () => taps?.delete(listener);
		},
		close() {
			closed.abort();
			for (const entry of byNumber) {
				drop(entry);
			}
		},
	};
}
