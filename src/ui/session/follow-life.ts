import {setTimeout as wait} from 'node:timers/promises';
import {describeOutOfMemory} from '../../backend/limits/describe-out-of-memory.ts';
import {describeLostWrites} from '../../backend/session/lost-writes.ts';
import type {CommandEnd} from '../../backend/types.ts';
import type {DomainEvent, Sandboxes} from '../../commands/sandboxes.ts';
import {describeStatus} from '../../commands/signal-kind.ts';
import {safeText} from '../../core/text.ts';
import type {Theme} from '../draw/theme.ts';
import type {SandboxMark} from '../model/screen-store.ts';

interface LifeOptions {
	readonly sandboxes: Pick<Sandboxes, 'wait' | 'log'>;
	readonly theme: Theme;
	/** Whether a person has to hear of its end: it is no short run of somebody. */
	readonly matters: (sandbox: SandboxMark) => boolean;
	/** Whether a command ends it, or did a moment ago, and tells of it itself. */
	readonly isAsked: (sandbox: SandboxMark) => boolean;
	/** What its consoles said last, where nothing is on disk any more. */
	readonly lastWords: (sandbox: SandboxMark) => readonly string[];
	readonly print: (text: string) => void;
	readonly onEvent: (line: string) => void;
	readonly signal: AbortSignal;
}

/** How long the status of a sandbox that has just ended is waited for, in milliseconds. */
const statusMs = 3000;
/** Between the attempts to wait for one that has just begun, in milliseconds. */
const retryMs = [200, 800, 3000];
/** Lines of its log that are shown when it failed. */
const tailLines = 5;

/** Tells what happens to sandboxes: the event log, and in the transcript how one has ended. */
export function followLife({sandboxes, theme, matters, isAsked, lastWords, print, onEvent, signal}: LifeOptions) {
	const known = new Map<string, {readonly mark: SandboxMark; readonly end: Promise<CommandEnd> | undefined}>();

	/** Rejects where it is not known. */
	async function endOf({name, uri}: SandboxMark): Promise<CommandEnd> {
		const end = await sandboxes.wait(name, {uri, signal});
		return end ?? Promise.reject(new Error('unknown'));
	}

	/** Asked while it runs, as its owner may go with it. That one answers only a little after the start. */
	async function waitFor(mark: SandboxMark): Promise<CommandEnd> {
		for (const delay of retryMs) {
			const end = await endOf(mark).catch(() => undefined);
			if (end !== undefined) {
				return end;
			}
			await wait(delay, undefined, {signal});
		}
		return endOf(mark);
	}

	async function tailOf(mark: SandboxMark): Promise<readonly string[]> {
		const lines: string[] = [];
		const calling = {uri: mark.uri, signal: AbortSignal.timeout(statusMs)};
		try {
			for await (const {text, console} of sandboxes.log(mark.name, {console: undefined, follow: false, sinceMs: undefined, ...calling})) {
				if (console !== 'boot') {
					lines.push(text);
				}
			}
		} catch {
			// There is no log any more.
		}
		return (lines.length === 0 ? lastWords(mark) : lines).slice(-tailLines);
	}

	async function tellEnd(mark: SandboxMark, waiting: Promise<CommandEnd> | undefined): Promise<void> {
		const late = wait(statusMs, undefined, {signal}).catch(() => undefined);
		// What lived with this session still knows it.
		const asked = Promise.any([endOf(mark), ...(waiting === undefined ? [] : [waiting])]).catch(() => undefined);
		const end = await Promise.race([asked, late]);
		const status = end?.status;
		const isFailure = status !== undefined && status !== 0;
		const how = status === undefined ? 'has ended before the status of its command was known' : `has ended with ${describeStatus(status)}`;
		print((status === 0 ? theme.quiet : theme.warning)(`Sandbox '${safeText(mark.name)}' ${how}`));
		if (end?.outOfMemory !== undefined) print(theme.warning(describeOutOfMemory(end.status, end.outOfMemory).message));
		if (end?.isLost === true) print(theme.warning(describeLostWrites(safeText(mark.name)).message));
		if (isFailure && !wanted.has(status)) {
			for (const line of await tailOf(mark)) {
				print(theme.quiet(`  ${safeText(line)}`));
			}
		}
	}

	/** Some may matter that did not: their status is asked for while they run. */
	function attend(): void {
		for (const [uuid, {mark, end}] of known) {
			if (end === undefined && matters(mark)) {
				const waiting = waitFor(mark);
				waiting.catch(() => undefined);
				known.set(uuid, {mark, end: waiting});
			}
		}
	}

	return {
		event({timeMs, name, event}: DomainEvent): void {
			onEvent(`${theme.quiet(timeOf(timeMs))} ${safeText(name)} ${colour(event, theme)}`);
		},
		/** What runs now, asked of one connection. */
		running(now: readonly SandboxMark[], uri: string): void {
			for (const [uuid, {mark, end}] of known) {
				if (mark.uri === uri && !now.some((each) => each.uuid === uuid)) {
					known.delete(uuid);
					if (matters(mark) && !isAsked(mark)) {
						void tellEnd(mark, end);
					}
				}
			}
			for (const mark of now) {
				known.set(mark.uuid, {mark, end: known.get(mark.uuid)?.end});
			}
			attend();
		},
		attend,
	};
}

/** HUP, INT, TERM: somebody ended it. */
const wanted = new Set([129, 130, 143]);

/** How events look. */
const looks: ReadonlyMap<string, 'good' | 'bad' | 'warning'> = new Map([
	['started', 'good'],
	['resumed', 'good'],
	['network-back', 'good'],
	['crashed', 'bad'],
	['network-lost', 'bad'],
	['stopped', 'warning'],
]);

function colour(event: string, theme: Theme): string {
	const look = looks.get(event);
	return look === undefined ? safeText(event) : theme[look](safeText(event));
}

/** Hours, minutes, seconds here. */
function timeOf(timeMs: number): string {
	return new Date(timeMs).toTimeString().slice(0, 8);
}
