import type {Caller} from '../../host/caller.ts';
import {isDead} from '../../host/process-identity.ts';
import {copyPath, journalDirectory, journalPath, listJournals, readJournal, removeJournal, type Journal, type JournalOwner} from './journal.ts';
import {undoTarget} from './undo-target.ts';

/** What became of one journal. */
interface Undone {
	readonly id: string;
	/** `none`: there was no such journal. */
	readonly result: 'undone' | 'none';
	/** Files that have the label they had. */
	readonly restored: number;
}

/**
 * Puts the labels back that a journal lists and removes it. A file that has another label by now is somebody else's doing and
 * stays as it is. One that the sandbox made has its label and gets that of its directory, unless it has names elsewhere, too. Rejects where
 * not all of that can be done, the first fault of its sources; what is needed of the journal then stays.
 */
export async function undoJournal(directory: string, id: string, signal?: AbortSignal): Promise<Undone> {
	const journal = readJournal(directory, id);
	if (journal === undefined) return {id, result: 'none', restored: 0};
	const paths = {journal: journalPath(directory, id), copy: copyPath(directory, id)};
	const undone = [];
	for (const target of journal.targets) undone.push(await undoTarget(target, paths, signal));
	if (undone.every(({needs}) => needs !== 'journal')) removeJournal(directory, id, {keepsCopy: undone.some(({needs}) => needs === 'copy')});
	const fault = undone.find((each) => each.fault !== undefined)?.fault;
	if (fault !== undefined) throw fault;
	return {id, result: 'undone', restored: undone.reduce((sum, {restored}) => sum + restored, 0)};
}

interface AbandonedOptions {
	/** Of the journals. */
	readonly directory: string;
	/** Whether the sandbox of a journal may still run. */
	isAlive(owner: JournalOwner): boolean | Promise<boolean>;
}
type Abandoned =
	| {readonly id: string; readonly result: 'undone' | 'alive'; readonly restored: number}
	| {readonly id: string; readonly result: 'failed'; readonly fault: unknown};

/** Undoes the journals of all sandboxes that are gone; a fault of one is told, and the others go on. */
export async function undoAbandonedJournals({directory, isAlive}: AbandonedOptions): Promise<Abandoned[]> {
	const undone: Abandoned[] = [];
	for (const id of listJournals(directory)) {
		try {
			const journal: Journal | undefined = readJournal(directory, id);
			if (journal === undefined) continue;
			if (await isAlive(journal)) undone.push({id, result: 'alive', restored: 0});
			else undone.push({id, result: 'undone', restored: (await undoJournal(directory, id)).restored});
		} catch (fault) {
			undone.push({id, result: 'failed', fault});
		}
	}
	return undone;
}

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
