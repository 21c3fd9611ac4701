import {ShellError} from '../../../core/errors.ts';
import {isWithin} from '../../../spec/paths.ts';
import type {StartOptions} from '../../types.ts';
import {isDead} from '../../host/process-identity.ts';
import type {RelabelTarget} from '../settle-labels.ts';
import {journalDirectory, listJournals, readJournal, writeJournal, type Journal, type JournalOwner} from './journal.ts';
import {changesOf, describePlan, planRelabel, type RelabelPlan} from './plan-relabel.ts';
import {setLabels, type LabelChange} from './run-label-script.ts';
import {undoJournal} from './undo-journal.ts';

interface RelabelOptions {
	/** Of the journals. */
	readonly directory: string;
	readonly signal?: AbortSignal | undefined;
	/** Sees each plan before anything is changed. */
	onPlan(plan: RelabelPlan): void;
}

/**
 * Gives files of the host the labels of a sandbox, for as long as it lives: what they had is in the journal, on the disk, before
 * the first change. Rejects, with nothing changed, when that cannot be done whole. `undoJournal` with the owner's id puts all back.
 */
export async function relabel(targets: readonly RelabelTarget[], owner: JournalOwner, {directory, signal, onPlan}: RelabelOptions): Promise<void> {
	const first = await planRelabel(targets, signal);
	const claim: Journal = {version: 1, ...owner, targets: first.map(({target, identity}) => ({...target, identity, files: []}))};
	// Claimed before the others are looked at, so of two that want the same at once never both go on.
	writeJournal(directory, claim);
	try {
		await refuseOverlaps(claim, directory);
		// Once more: what was listed before the claim may have been another sandbox's, on its way out.
		const plans = await planRelabel(targets, signal);
		for (const plan of plans) onPlan(plan);
		writeJournal(directory, {
			...claim,
			targets: plans.map(({target, identity, files}) => ({
				...target,
				identity,
				files: files.map(({name, inode, label}) => [name, inode, label ?? null] as const),
			})),
		});
		for (const plan of plans) await apply(plan, signal);
	} catch (error) {
		const isBack = await undoJournal(directory, owner.id).then(
			() => true,
			() => false,
		);
		signal?.throwIfAborted();
		if (isBack || !(error instanceof ShellError)) throw error;
		// It is still in the journal.
		throw new ShellError(error.code, error.message, {hint: 'Not all labels could be put back: `virt-sandbox --clean` tries again', cause: error});
	}
}

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

async function apply(plan: RelabelPlan, signal: AbortSignal | undefined): Promise<void> {
	const {target} = plan;
	const changes: LabelChange[] = changesOf(plan).map(({name, inode, label}) => ({name, inode, expected: label, wanted: target.to}));
	const results = await setLabels(target.source, changes, {attribute: target.attribute, signal});
	for (const [index, result] of results.entries()) {
		// One that has changed meanwhile is somebody's who works there; it only stays as it is.
		if (result.result !== 'error') continue;
		const name = Buffer.from(changes[index]?.name ?? '', 'latin1').toString('utf8');
		throw new ShellError('failed', `Cannot relabel ${target.source}${name === '' ? '' : `/${name}`}: ${result.text}`, {
			hint: 'Leave relabel=yes out, or see to the rights',
		});
	}
}

/** A file has one label: two sandboxes cannot both have their own on it, nor put back what it had. */
async function refuseOverlaps(claim: Journal, directory: string): Promise<void> {
	for (const id of listJournals(directory)) {
		if (id === claim.id) continue;
		const other = readJournal(directory, id);
		const theirs = other?.targets.find((target) => claim.targets.some((own) => isWithin(own.source, target.source) || isWithin(target.source, own.source)));
		if (other === undefined || theirs === undefined) continue;
		if (other.lifetime === 'client' && isDead(other)) {
			await undoJournal(directory, id);
			continue;
		}
		throw new ShellError('refused', `${theirs.source} is relabelled for another sandbox (${id})`, {
			hint: 'Wait for its end. If it is gone already, `virt-sandbox --clean` puts the labels back',
		});
	}
}
