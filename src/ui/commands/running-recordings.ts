import type {Host} from '../../commands/context.ts';
import {labelOf, type ConsoleEntry} from '../consoles/console-entry.ts';
import type {ConsoleStore} from '../consoles/console-store.ts';
import {createRecorder, type Recorder} from './recordings.ts';

interface RecordingsOptions {
	readonly consoles: Pick<ConsoleStore, 'list' | 'tap'>;
	readonly host: Pick<Host, 'writeFile'>;
	readonly now: () => number;
}

export type Recordings = ReturnType<typeof createRecordings>;

interface Running {
	readonly recorder: Recorder;
	readonly label: string;
	readonly file: string;
	readonly stop: () => void;
}

/** What is being recorded, a console once at most. */
export function createRecordings({consoles, host, now}: RecordingsOptions) {
	const running = new Map<string, Running>();

	/** Writes the file; says so. Undefined: it was not recorded. */
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
		has: (key: string): boolean => running.has(key),
		begin(entry: ConsoleEntry, file: string): void {
			const {emulator} = entry;
			const label = labelOf(entry, consoles.list());
			const recorder = createRecorder({columns: emulator.columns, rows: emulator.rows, startMs: now(), title: label});
			recorder.add(Buffer.from(emulator.replay()), now());
			running.set(entry.key, {recorder, label, file, stop: consoles.tap(entry.key, (chunk) => recorder.add(chunk, now()))});
		},
		finish,
		/** The end of the session: keeps what there is, and says so, or why not. */
		async finishAll(): Promise<readonly string[]> {
			const said = [...running].map(([key, {label}]) =>
				finish(key).catch((error: unknown) => `The recording of ${label} is lost: ${error instanceof Error ? error.message : String(error)}`),
			);
			return (await Promise.all(said)).filter((each) => each !== undefined);
		},
	};
}
