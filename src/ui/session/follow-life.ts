import type {DomainEvent, Sandboxes} from '../../commands/sandboxes.ts';
import {safeText} from '../../core/text.ts';
import type {Theme} from '../draw/theme.ts';
import type {SandboxMark} from '../model/screen-store.ts';

export interface LifeOptions {
	readonly sandboxes: Pick<Sandboxes, 'wait' | 'log'>;
	readonly theme: Theme;
	readonly uri: () => string | undefined;
	/** Whether a person has to hear of its end: it is no short run. */
	readonly matters: (name: string) => boolean;
	readonly print: (text: string) => void;
	readonly onEvent: (line: string) => void;
}

/** Tells what happens to sandboxes: the event log, and in the transcript how one has ended. */
export interface LifeFollower {
	event(event: DomainEvent): void;
	/** What runs now. */
	running(sandboxes: readonly SandboxMark[]): void;
}

/** How long the status of a sandbox that has just ended is waited for, in milliseconds. */
const statusMs = 3000;
/** Lines of its log that are shown when it failed. */
const tailLines = 5;

export function followLife({sandboxes, theme, uri, matters, print, onEvent}: LifeOptions): LifeFollower {
	let before: readonly SandboxMark[] = [];

	async function tellEnd(name: string): Promise<void> {
		const calling = {uri: uri(), signal: AbortSignal.timeout(statusMs)};
		const status = await sandboxes.wait(name, calling).catch(() => undefined);
		const how = status === undefined ? 'has ended' : `has ended with status ${status}`;
		print((status === 0 || status === undefined ? theme.quiet : theme.warning)(`Sandbox '${safeText(name)}' ${how}`));
		// 128 + signal: somebody ended it.
		if (status !== undefined && status > 0 && status <= 128) {
			const lines: string[] = [];
			try {
				for await (const {text, console} of sandboxes.log(name, {console: undefined, follow: false, sinceMs: undefined, ...calling})) {
					if (console !== 'boot') {
						lines.push(text);
					}
				}
			} catch {
				// There is no log.
			}
			for (const line of lines.slice(-tailLines)) {
				print(theme.quiet(`  ${safeText(line)}`));
			}
		}
	}

	return {
		event({timeMs, name, event}) {
			onEvent(`${theme.quiet(timeOf(timeMs))} ${safeText(name)} ${colour(event, theme)}`);
		},
		running(now) {
			const gone = before.filter(({name}) => !now.some((each) => each.name === name));
			before = now;
			for (const {name} of gone) {
				if (matters(name)) {
					void tellEnd(name);
				}
			}
		},
	};
}

function colour(event: string, theme: Theme): string {
	const text = safeText(event);
	return event === 'started' || event === 'resumed'
		? theme.good(text)
		: event === 'crashed'
			? theme.bad(text)
			: event === 'stopped'
				? theme.warning(text)
				: text;
}

/** Hours, minutes, seconds here. */
export function timeOf(timeMs: number): string {
	return new Date(timeMs).toTimeString().slice(0, 8);
}
