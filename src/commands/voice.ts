import type {Voice} from '../backend/types.ts';
import type {Output} from '../core/output.ts';

/** Does work that speaks, and yields what it says as it comes; gives the work's result. */
export async function* withNotices<T>(work: (voice: Voice) => Promise<T>): AsyncGenerator<Output, T> {
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
	let finished = false;
	const result = work(voice).finally(() => {
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
}
