import {join} from 'node:path';
import {stateBase} from '../../backend/guest/state-directory.ts';
import {readLog, type LogLine} from '../../backend/life/capture/read-log.ts';
import type {CapturedSandbox} from '../../backend/life/start-captured.ts';
import type {Caller} from '../../backend/types.ts';

/** Between two looks at the log of a sandbox that is ending, in milliseconds. */
const lookMs = 15;
/** How long a command may take to end when its time is over, in milliseconds. */
const graceMs = 2000;

/** What stays of a sandbox of this session when it has ended. */
export interface EndedSandbox {
	/** The status of its command, undefined where it is not known. */
	readonly status: Promise<number | undefined>;
	/** All of it is put away. Never rejects. */
	readonly closed: Promise<void>;
	isOver(): boolean;
	/** What was captured of it. */
	lines(): readonly LogLine[];
}

/** Follows a sandbox to its end: keeps its log, which goes with its state directory, and ends it when its time is over. */
export async function followEnd(sandbox: CapturedSandbox, caller: Caller, timeoutMs: number | undefined): Promise<EndedSandbox> {
	const statePath = join(stateBase(caller), sandbox.id);
	let lines: readonly LogLine[] = [];
	let over = false;
	const timer = timeoutMs === undefined ? undefined : setTimeout(() => void endInTime(statePath, sandbox), timeoutMs);
	const status = sandbox.exited.catch(() => undefined);
	const closed = sandbox.closed
		.catch(() => undefined)
		.then(() => {
			over = true;
			clearTimeout(timer);
		});
	void (async () => {
		await Promise.race([status, closed]);
		// The last of the output comes while the domain ends.
		while (!over) {
			const seen = await readWhole(statePath);
			lines = seen.length >= lines.length ? seen : lines;
			await Promise.race([
				closed,
				new Promise((resolve) => {
					setTimeout(resolve, lookMs);
				}),
			]);
		}
	})();
	return {
		status: Promise.race([closed.then(() => status), status.then((known) => closed.then(() => known))]),
		closed,
		isOver: () => over,
		lines: () => lines,
	};
}

/** As `stop`: TERM, and 2 s later the end. */
async function endInTime(statePath: string, sandbox: CapturedSandbox): Promise<void> {
	const {askSignal} = await import('../../backend/life/control/control-client.ts');
	await askSignal(statePath, 15, {}).catch(() => undefined);
	setTimeout(() => void sandbox.destroy().catch(() => undefined), graceMs).unref();
}

async function readWhole(statePath: string): Promise<readonly LogLine[]> {
	const lines: LogLine[] = [];
	try {
		for await (const line of readLog(statePath)) {
			lines.push(line);
		}
	} catch {
		// It has gone meanwhile; an earlier look has more.
	}
	return lines;
}
