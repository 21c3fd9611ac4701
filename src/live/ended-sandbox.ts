import {logNames} from '../backend/session/capture/open-logs.ts';
import {readLog, type LogLine} from '../backend/session/capture/read-log.ts';
import type {CapturedSandbox} from '../backend/start/start-captured.ts';
import type {CommandEnd} from '../backend/types.ts';

/** Starts a sandbox and follows it to its end: keeps its log, which goes with its state directory. */
export async function startFollowed(start: (beforeRemoval: (statePath: string) => Promise<void>) => Promise<CapturedSandbox>) {
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
	return {
		sandbox,
		/** What stays of it when it has ended. */
		end: {
			/** How its command has ended, undefined where that is not known. */
			command: whole(),
			/** All of it is put away. Never rejects. */
			closed,
			isOver: () => over,
			/** The consoles that were captured. */
			consoles: () => consoles,
			/** What was captured of it. */
			lines: () => lines,
		},
	};
}
