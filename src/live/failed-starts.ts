import type {LogLine} from '../backend/session/capture/read-log.ts';

/** Of a boot log that goes on for ever the end counts. */
const mostLines = 2000;

/** The boot logs of starts that failed, by the names of their sandboxes: of each name the last one. */
export function openFailedStarts() {
	const failed = new Map<string, readonly LogLine[]>();
	return {
		/** Does `start`, with what hears its boot log, which is kept when that fails. */
		async follow<Result>(name: string | undefined, start: (onBootLog: (line: string) => void) => Promise<Result>): Promise<Result> {
			const lines: LogLine[] = [];
			if (name !== undefined) failed.delete(name);
			try {
				return await start((text) => {
					lines.push({timeMs: Date.now(), console: 'boot', text, isPartial: false});
					if (lines.length > mostLines) lines.shift();
				});
			} catch (error) {
				if (name !== undefined && lines.length > 0) failed.set(name, lines);
				throw error;
			}
		},
		/** What stays of one: its log alone. */
		find(name: string) {
			const lines = failed.get(name);
			return lines === undefined ? undefined : {consoles: () => ['boot'], lines: () => lines};
		},
	};
}
