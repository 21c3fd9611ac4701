import type {LogLine} from '../backend/session/capture/read-log.ts';

/** The boot logs of starts that failed, by the names of their sandboxes: of each name the last one. */
interface FailedStarts {
	/** Does `start`, with what hears its boot log, which is kept when that fails. */
	follow<Result>(name: string | undefined, start: (onBootLog: (line: string) => void) => Promise<Result>): Promise<Result>;
	lines(name: string): readonly LogLine[] | undefined;
}

/** Of a boot log that goes on for ever the end counts. */
const mostLines = 2000;

export function openFailedStarts(): FailedStarts {
	const failed = new Map<string, readonly LogLine[]>();
	return {
		async follow(name, start) {
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
		lines: (name) => failed.get(name),
	};
}
