import type {StartOptions} from '../types.ts';
import {removeLeftover, type Leftover} from '../clean-up/leftovers.ts';
import type {Link} from './link.ts';

/** How long one start may work at what takes long to remove, in ms. */
const mostMs = 2000;
/** How long where it gets nowhere: each run that ends soon would wait for that. */
const mostVainMs = 500;
/** How long it waits for processes that were killed, in ms: some may never end. */
const endMs = 200;

/**
 * What earlier runs left behind goes while the command runs; a fault there is none of this run's. Where somebody has a process of ours held up
 * that removes it, that is left behind, and later starts go on.
 */
export async function tidyUp(
	leftovers: readonly Leftover[],
	link: Link,
	{uri, caller, voice}: {readonly uri: string} & Pick<StartOptions, 'caller' | 'voice'>,
): Promise<void> {
	if (leftovers.length === 0) return;
	const patience = {voice, signal: AbortSignal.timeout(mostMs), mostVainMs, patienceMs: endMs, program: caller.program, othersMs: 0};
	for (const leftover of leftovers) {
		if (patience.signal.aborted) return;
		// Another daemon's are left to `clean`.
		if (leftover.record === undefined || leftover.record.uri === uri) {
			try {
				if (await removeLeftover(leftover, link.connection, patience)) {
					const {undoLeftJournal} = await import('../labels/relabel/undo-journal.ts');
					await undoLeftJournal(caller, leftover.id);
				}
			} catch {
				// Told by `clean`, which meets it again.
			}
		}
	}
}
