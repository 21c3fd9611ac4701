import {spawn} from '@lydell/node-pty';
import xterm from '@xterm/headless';

/** A program on a pseudo-terminal, and the screen as a person sees it. */
export interface TestTerminal {
	/** Types. */
	type(text: string): void;
	resize(columns: number, rows: number): void;
	/** Lines of the screen, scrollback first, without blanks at their ends; empty ones at the end are left out. */
	lines(): string[];
	/** Waits until the text of the screen (lines joined by line feeds) passes, for 60 s at most; the error shows the screen. */
	see(wanted: string | RegExp): Promise<void>;
	/** The same until something else holds, which is looked at whenever the screen has changed. */
	until(condition: () => boolean, what: string): Promise<void>;
	/** Modes of the terminal that programs switch. */
	modes(): {readonly alternateScreen: boolean; readonly mouse: string; readonly bracketedPaste: boolean; readonly applicationKeys: boolean};
	/** The emulator that shows it. */
	readonly emulator: xterm.Terminal;
	/** Every byte the program wrote, as text. */
	output(): string;
	readonly pid: number;
	/** Its status, 128 + signal where one ended it; waits 60 s at most. */
	exit(): Promise<number>;
	/** Ends the program if it still runs. */
	close(): void;
}

const patienceMs = 60_000;

export interface TerminalSettings {
	readonly columns?: number;
	readonly rows?: number;
	readonly environment?: Readonly<Record<string, string | undefined>>;
	readonly cwd?: string;
}

/** Starts a program on a pseudo-terminal of 80×24. */
export function openTerminal(file: string, words: readonly string[], settings: TerminalSettings = {}): TestTerminal {
	const {columns = 80, rows = 24, environment = process.env, cwd = process.cwd()} = settings;
	const emulator = new xterm.Terminal({cols: columns, rows, scrollback: 2000, allowProposedApi: true});
	const child = spawn(file, [...words], {cols: columns, rows, cwd, env: {...environment, TERM: 'xterm-256color'}});
	let output = '';
	let changed = Promise.withResolvers<void>();
	const tell = (): void => {
		changed.resolve();
		changed = Promise.withResolvers<void>();
	};
	child.onData((data) => {
		output += data;
		emulator.write(data, tell);
	});
	const status = new Promise<number>((resolve) => {
		child.onExit(({exitCode, signal}) => {
			resolve(signal ? 128 + signal : exitCode);
			tell();
		});
	});
	// Queries of a program (device attributes, cursor position) get their answers.
	emulator.onData((data) => child.write(data));

	const lines = (): string[] => {
		const buffer = emulator.buffer.active;
		const all = Array.from({length: buffer.length}, (_, index) => buffer.getLine(index)?.translateToString(true) ?? '');
		while (all.at(-1) === '') {
			all.pop();
		}
		return all;
	};
	const within = async <T>(promise: Promise<T>, what: string): Promise<T> => {
		let timer: NodeJS.Timeout | undefined;
		const late = new Promise<never>((_resolve, reject) => {
			timer = setTimeout(() => reject(new Error(`${what} did not come; the screen shows:\n${lines().join('\n')}`)), patienceMs);
		});
		try {
			return await Promise.race([promise, late]);
		} finally {
			clearTimeout(timer);
		}
	};
	const until = async (condition: () => boolean): Promise<void> => {
		for (;;) {
			const next = changed.promise;
			if (condition()) {
				return;
			}
			await next;
		}
	};
	const see = (wanted: string | RegExp): Promise<void> =>
		until(() => {
			const text = lines().join('\n');
			return typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text);
		});
	return {
		type: (text) => child.write(text),
		resize(newColumns, newRows) {
			emulator.resize(newColumns, newRows);
			child.resize(newColumns, newRows);
		},
		lines,
		see: (wanted) => within(see(wanted), String(wanted)),
		until: (condition, what) => within(until(condition), what),
		modes: () => ({
			alternateScreen: emulator.buffer.active.type === 'alternate',
			mouse: emulator.modes.mouseTrackingMode,
			bracketedPaste: emulator.modes.bracketedPasteMode,
			applicationKeys: emulator.modes.applicationCursorKeysMode,
		}),
		emulator,
		output: () => output,
		pid: child.pid,
		exit: () => within(status, 'The end of the program'),
		close() {
			try {
				child.kill('SIGKILL');
			} catch {
				// It has ended.
			}
			emulator.dispose();
		},
	};
}
