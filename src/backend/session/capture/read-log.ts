import {existsSync} from 'node:fs';
import {setTimeout as wait} from 'node:timers/promises';
import {ShellError} from '../../../core/errors.ts';
import {readOwnerRecord} from '../../guest/state/state-directory.ts';
import {isDead} from '../../host/process-identity.ts';
import {logHeadBytes, readLogHead} from './log-head.ts';
import {openLogs, type OpenLogs} from './open-logs.ts';

/** One captured line. */
export interface LogLine {
	/** Since 1970. */
	readonly timeMs: number;
	/** `stdout`, `stderr`, `tty`, `boot` or `shell`. */
	readonly console: string;
	readonly text: string;
	/** The line goes on in the next one of its console. */
	readonly isPartial: boolean;
}

interface ReadLogOptions {
	/** Of one console only. */
	readonly console?: string | undefined;
	/** Goes on until the sandbox has gone, or the signal. */
	readonly follow?: boolean;
	readonly sinceMs?: number | undefined;
	readonly signal?: AbortSignal | undefined;
}

const pollMs = 100;

/** Reads what was captured of a sandbox, oldest first, all consoles in the order of time. What was dropped is a line of its own. */
export async function* readLog(statePath: string, {console, follow = false, sinceMs = 0, signal}: ReadLogOptions = {}): AsyncGenerator<LogLine> {
	const positions = new Map<string, number>();
	let record = follow ? readOwnerRecord(statePath) : undefined;
	/** Nobody keeps it: another one may have signed since its keeper was seen. */
	const isLeft = (): boolean => {
		if (record === undefined || !isDead(record)) return false;
		record = readOwnerRecord(statePath) ?? record;
		return isDead(record);
	};
	const logs = openLogs(statePath);
	try {
		for (;;) {
			const isCut = isLeft();
			const isLast = !follow || isCut || !existsSync(statePath);
			const lines = logs
				.names()
				.filter((name) => console === undefined || name === console)
				.flatMap((name) => readNew(logs, name, {positions, isLast}))
				.filter(({timeMs}) => timeMs >= sinceMs);
			yield* lines.toSorted((a, b) => a.timeMs - b.timeMs);
			if (isLast) {
				// Who ends as it should takes the directory along.
				if (isCut && existsSync(statePath)) {
					throw new ShellError('unavailable', 'The process that kept the sandbox was killed: nobody records any more what it says', {
						hint: 'For a container, the next command of --exec starts another such process; `stop` or `destroy` ends it',
					});
				}
				return;
			}
			try {
				await wait(pollMs, undefined, {signal});
			} catch {
				return;
			}
		}
	} finally {
		logs.close();
	}
}

/** What a file has beyond the position of the last reading; positions count what was dropped too. */
function readNew(logs: OpenLogs, name: string, {positions, isLast}: {readonly positions: Map<string, number>; readonly isLast: boolean}): LogLine[] {
	const seen = positions.get(name) ?? 0;
	const data = isLast ? logs.read(name) : logs.readChanged(name);
	if (data === undefined) return [];
	const {dropped, lost} = readLogHead(data) ?? {dropped: 0, lost: 0};
	const lines: LogLine[] = [];
	const end = Math.max(logHeadBytes, data.lastIndexOf(10) + 1);
	let from = Math.min(end, logHeadBytes + Math.max(0, seen - dropped));
	positions.set(name, dropped + end - logHeadBytes);
	while (from < end) {
		const stop = data.indexOf(10, from);
		const match = /^(\d+)([ +])/.exec(data.subarray(from, from + 24).toString('latin1'));
		if (match !== null) {
			lines.push({
				timeMs: Number(match[1]),
				console: name,
				text: data.subarray(from + match[0].length, stop).toString('utf8'),
				isPartial: match[2] === '+',
			});
		}
		from = stop + 1;
	}
	const [first] = lines;
	if (dropped > seen && first !== undefined) {
		lines.unshift({timeMs: first.timeMs, console: name, text: `[${dropped - seen} bytes of this log were dropped]`, isPartial: false});
	}
	const timeMs = lines.at(-1)?.timeMs ?? Date.now();
	return isLast ? [...lines, ...tellLoss(data.length === 0 ? 'all' : lost).map((text) => ({timeMs, console: name, text, isPartial: false}))] : lines;
}

/** What could not be written after the last line. A log without its head had no room for that either. */
function tellLoss(bytes: number | 'all'): string[] {
	if (bytes === 'all') return ['[nothing of this log could be written: its file system is full]'];
	return bytes === 0 ? [] : [`[${bytes} bytes were lost: they could not be written]`];
}
