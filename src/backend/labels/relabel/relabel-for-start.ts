import type {StartOptions} from '../../types.ts';
import type {RelabelTarget} from '../settle-labels.ts';
import {journalDirectory, type JournalOwner} from './journal.ts';
import {describePlan} from './plan-relabel.ts';
import {relabel} from './relabel.ts';
import {undoJournal} from './undo-journal.ts';

/** Relabels for one start, each plan told before it is carried out; gives what puts the labels back. */
export async function relabelForStart(
	targets: readonly RelabelTarget[],
	owner: JournalOwner,
	{voice, caller, signal}: Pick<StartOptions, 'voice' | 'caller' | 'signal'>,
): Promise<(signal?: AbortSignal) => Promise<void>> {
	const directory = journalDirectory(caller);
	await relabel(targets, owner, {directory, signal, onPlan: (plan) => voice.notice('info', 'relabel', describePlan(plan))});
	let puttingBack: Promise<unknown> | undefined;
	return async (given) => {
		puttingBack ??= undoJournal(directory, owner.id, given);
		await puttingBack;
	};
}
