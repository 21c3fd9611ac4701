import type {Caller} from '../../host/caller.ts';
import {isDead} from '../../host/process-identity.ts';
import {journalDirectory, type JournalOwner} from './journal.ts';
import {undoAbandonedJournals, undoJournal, type Abandoned} from './undo-journal.ts';

/** Puts back what sandboxes relabelled whose owner is gone. `hasDomain`: whether the domain of a kept one still runs. */
export async function undoLeftJournals(
	caller: Pick<Caller, 'uid' | 'environment'>,
	hasDomain: (owner: JournalOwner) => Promise<boolean>,
): Promise<Abandoned[]> {
	return undoAbandonedJournals({
		directory: journalDirectory(caller),
		isAlive: async (journal) => !isDead(journal) || (await hasDomain(journal)),
	});
}

/** The same for one sandbox, whose domain has gone. */
export async function undoLeftJournal(caller: Pick<Caller, 'uid' | 'environment'>, id: string, signal?: AbortSignal): Promise<void> {
	await undoJournal(journalDirectory(caller), id, signal);
}
