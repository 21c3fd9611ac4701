import type {Voice} from '../backend/types.ts';
import type {Output} from '../core/output.ts';

/** What is said by a voice, until it is yielded. */
interface Notices {
	readonly voice: Voice;
	/** Yields what is said as it comes, until the work is done; gives its result. */
	during<T>(work: Promise<T>): AsyncGenerator<Output, T>;
	/** What was said since. */
	rest(): readonly Output[];
}

export function collectNotices(): Notices {
	const said: Output[] = [];
	let wake = (): void => {};
	const voice: Voice = {
		notice(level, code, message, hint) {
			said.push({kind: 'notice', level, code, message, ...(hint === undefined ? {} : {hint})});
			wake();
		},
		phase(phase, elapsedMs) {
			said.push({kind: 'progress', phase, state: 'done', elapsedMs});
			wake();
		},
	};
	return {
		voice,
		async *during(work) {
			let finished = false;
			const result = work.finally(() => {
				finished = true;
				wake();
			});
			// Its failure is thrown below, after all that was said.
			result.catch(() => {});
			while (!finished || said.length > 0) {
				const next = said.shift();
				if (next !== undefined) {
					yield next;
					continue;
				}
				await new Promise<void>((resolve) => {
					wake = resolve;
					if (finished) {
						resolve();
					}
				});
			}
			return await result;
		},
		rest: () => said.splice(0),
	};
}
