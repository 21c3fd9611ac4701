import {once} from 'node:events';
import {extname} from 'node:path';
import {Worker} from 'node:worker_threads';
import type {DocumentFaults} from '../commands/sandboxes.ts';
import {ShellError} from '../core/errors.ts';
import type {Question} from './check-here.ts';

/** A document that takes longer was made for that. */
const mostMs = 20_000;

/** What is wrong with a domain's document. */
export type CheckDocument = (question: Question, signal: AbortSignal) => Promise<DocumentFaults>;

/** Checks documents by a thread, one after the other; it is ended where the signal, or the time, gives a question up. */
export function createChecking(): CheckDocument {
	let kept: Worker | undefined;
	let last: Promise<unknown> = Promise.resolve();

	function openWorker(): Worker {
		const worker = new Worker(new URL(`./check-worker${extname(import.meta.url)}`, import.meta.url), {
			resourceLimits: {maxOldGenerationSizeMb: 1024},
			stdout: true,
			stderr: true,
		});
		worker.on('exit', () => (kept = kept === worker ? undefined : kept));
		// Told to who asks; between two questions it is nobody's.
		worker.on('error', () => undefined);
		return worker;
	}

	async function ask(question: Question, signal: AbortSignal): Promise<DocumentFaults> {
		if (signal.aborted) throw givenUp(signal.reason);
		kept ??= openWorker();
		const worker = kept;
		const late = AbortSignal.timeout(mostMs);
		worker.ref();
		try {
			worker.postMessage(question);
			const [answer] = (await once(worker, 'message', {signal: AbortSignal.any([signal, late])})) as [DocumentFaults];
			return answer;
		} catch (cause) {
			kept = undefined;
			// One that waits for a file system does not end, and nobody waits for it.
			void worker.terminate();
			if (signal.aborted) throw givenUp(cause);
			throw new ShellError('failed', late.aborted ? `The document is not checked after ${mostMs / 1000} s` : 'The document cannot be checked', {
				hint: late.aborted ? 'Does it repeat something thousands of times? Check a part of it.' : undefined,
				cause,
			});
		} finally {
			// Nobody stays for it alone.
			worker.unref();
		}
	}

	return (question, signal) => {
		const answer = last.then(() => ask(question, signal));
		last = answer.catch(() => undefined);
		return answer;
	};
}

function givenUp(cause: unknown): ShellError {
	return new ShellError('interrupted', 'The document was not checked to its end', {cause});
}
