import type {Output} from '../../core/output.ts';
import {OutputFailure, type Sink} from '../../shell/run-script.ts';

/** Saves a session while it goes on, and at its end. */
interface SessionSaver {
	/** After a command. Where it fails the session goes on: the next command tries again, and the failure is told once. */
	afterCommand(): Promise<void>;
	/** Rejects with what keeps it from being saved: nobody tries again. */
	atEnd(): Promise<void>;
}

/** `save` gives what is to be told of it. */
export function createSessionSaver(save: () => Promise<readonly Output[]>, sink: Sink): SessionSaver {
	let isTold = false;

	async function atEnd(): Promise<void> {
		for (const notice of await save()) {
			await sink.write(notice);
		}
	}

	return {
		async afterCommand() {
			try {
				await atEnd();
				isTold = false;
			} catch (error) {
				if (error instanceof OutputFailure) {
					throw error;
				}
				if (!isTold) {
					isTold = true;
					await sink.error(error);
				}
			}
		},
		atEnd,
	};
}
