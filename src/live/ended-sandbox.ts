import {logNames} from '../backend/session/capture/open-logs.ts';
import {readLog, type LogLine} from '../backend/session/capture/read-log.ts';
import type {CapturedSandbox} from '../backend/start/start-captured.ts';
import type {CommandEnd} from '../backend/types.ts';

/** What stays of a sandbox of this session when it has ended. */
export interface EndedSandbox {
	/** How its command has ended, undefined where that is not known. */
	readonly command: Promise<CommandEnd | undefined>;
	/** All of it is put away. Never rejects. */
	readonly closed: Promise<void>;
	isOver(): boolean;
	/** The consoles that were captured. */
	consoles(): readonly string[];
	/** What was captured of it. */
	lines(): readonly LogLine[];
}

/** Starts a sandbox and follows it to its end: keeps its log, which goes with its state directory. */
export async function startFollowed(
	start: (beforeRemoval: (statePath: string) => Promise<void>) => Promise<CapturedSandbox>,
): Promise<{readonly sandbox: CapturedSandbox; readonly end: EndedSandbox}> {
	let consoles: readonly string[] = [];
	let lines: readonly LogLine[] = [];
	let over = false;
	const sandbox = await start(async (statePath) => {
		consoles = logNames(statePath);
		const read: LogLine[] = [];
		for await (const line of readLog(statePath)) {
			read.push(line);
		}
		lines = read;
	});
	const command = sandbox.exited.catch(() => undefined);
	const closed = sandbox.closed
		.catch(() => undefined)
		.then(() => {
			over = true;
		});
	const whole = async (): Promise<CommandEnd | undefined> => {
		await closed;
		const end = await command;
		return end === undefined || (await sandbox.written?.()) !== false ? end : {...end, isLost: true};
	};
	return {sandbox, end: {command: whole(), closed, isOver: () => over, consoles: () => consoles, lines: () => lines}};
}
