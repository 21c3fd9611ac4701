import type {Host} from '../../commands/context.ts';
import {labelOf, type ConsoleEntry} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';
import {createRecorder, type Recorder} from './recordings.ts';

interface RecordingsOptions {
	readonly consoles: Pick<ConsoleStore, 'list' | 'tap'>;
	readonly host: Pick<Host, 'writeFile'>;
	readonly now: () => number;
}

/** What is being recorded, a console once at most. */
export interface Recordings {
	has(key: string): boolean;
	begin(entry: ConsoleEntry, file: string): void;
	/** Writes the file; says so. Undefined: it was not recorded. */
	finish(key: string): Promise<string | undefined>;
	/** The end of the session: keeps what there is, and says so, or why not. */
	finishAll(): Promise<readonly string[]>;
}

interface Running {
	readonly recorder: Recorder;
	readonly label: string;
	readonly file: string;
	readonly stop: () => void;
}

export function createRecordings({consoles, host, now}: RecordingsOptions): Recordings {
	const running = new Map<string, Running>();

	async function finish(key: string): Promise<string | undefined> {
		const recording = running.get(key);
		if (recording === undefined) {
			return undefined;
		}
		const {recorder, label, file, stop} = recording;
		stop();
		running.delete(key);
		await host.writeFile(file, recorder.write(), 0o600);
		return `Recorded ${label} to ${file}${recorder.isFull ? '; what came after the first 64 MiB is not in it' : ''}`;
	}

	return {
		has: (key) => running.has(key),
		begin(entry, file) {
			const {emulator} = entry;
			const label = labelOf(entry, consoles.list());
			const recorder = createRecorder({columns: emulator.columns, rows: emulator.rows, startMs: now(), title: label});
			recorder.add(Buffer.from(emulator.replay()), now());
			running.set(entry.key, {recorder, label, file, stop: consoles.tap(entry.key, (chunk) => recorder.add(chunk, now()))});
		},
		finish,
		async finishAll() {
			const said = [...running].map(([key, {label}]) =>
				finish(key).catch((error: unknown) => `The recording of ${label} is lost: ${error instanceof Error ? error.message : String(error)}`),
			);
			return (await Promise.all(said)).filter((each) => each !== undefined);
		},
	};
}
