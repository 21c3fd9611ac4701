import {existsSync, lstatSync} from 'node:fs';
import {dirname} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {waysTo} from '../../../spec/paths.ts';
import {journalPath, listJournals, readJournal, removeJournal, type Journal, type JournalOwner, type JournalTarget} from './journal.ts';
import {sharedIn} from './plan-relabel.ts';
import {explainLabelFault, listLabels, setLabels, type LabelChange, type LabelledFile} from './run-label-script.ts';

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
 * stays as it is. One that the sandbox made has its label and gets that of its directory, unless it has names elsewhere, too. Rejects where a
 * source is not to be found, or a label cannot be set: the journal then stays; and where what the sandbox has made cannot all be found.
 */
export async function undoJournal(directory: string, id: string, signal?: AbortSignal): Promise<Undone> {
	const journal = readJournal(directory, id);
	if (journal === undefined) return {id, result: 'none', restored: 0};
	let restored = 0;
	const unfound: ShellError[] = [];
	for (const target of journal.targets.filter(({files}) => files.length > 0)) {
		if (isRemoved(target)) continue;
		if (!isThere(target)) throw notThere(target, journalPath(directory, id));
		restored += await restore(target, changesOf(target), signal).catch((cause: unknown) =>
			Promise.reject(signal?.aborted === true ? givenUp(target, cause) : cause),
		);
		try {
			restored += await restoreMade(target, signal);
		} catch (cause) {
			if (signal?.aborted === true) throw givenUp(target, cause);
			unfound.push(notFound(target, cause));
		}
	}
	removeJournal(directory, id);
	const [first] = unfound;
	if (first !== undefined) throw first;
	return {id, result: 'undone', restored};
}

/** What the journal has of files that are where they were. */
function changesOf({files, to}: JournalTarget): LabelChange[] {
	return files.flatMap(([name, inode, label]) => (label === to ? [] : {name, inode, expected: to, wanted: label ?? undefined}));
}

/** The files that the sandbox has made, or moved. */
async function restoreMade(target: JournalTarget, signal: AbortSignal | undefined): Promise<number> {
	const {source, attribute} = target;
	const tree = await listLabels(source, {attribute, signal});
	const restored = await restore(target, planUndo(target, tree.files), signal);
	if (tree.unread !== undefined) throw explainLabelFault(source, tree.unread);
	return restored;
}

async function restore({source, attribute, to}: JournalTarget, changes: readonly LabelChange[], signal: AbortSignal | undefined): Promise<number> {
	if (changes.length === 0) return 0;
	const results = await setLabels(source, changes, {attribute, signal});
	const failed = results.findIndex(({result}) => result === 'error');
	const failure = results[failed];
	if (failure?.result === 'error') {
		const name = Buffer.from(changes[failed]?.name ?? '', 'latin1').toString('utf8');
		throw new ShellError('unavailable', `Cannot put the label of ${source}/${name} back: ${failure.text}`, {
			hint: `It still is ${to}. Try \`virt-sandbox --clean\` again as the user who started the sandbox`,
		});
	}
	return results.filter(({result}) => result === 'ok').length;
}

/** Whether the source is where it was. By its inode: what the kernel calls its device may be another number after a boot. Each file is compared as well. */
function isThere({source, identity}: JournalTarget): boolean {
	return String(lstatSync(source, {bigint: true, throwIfNoEntry: false})?.ino) === identity.split(':')[1];
}

/** Whether there is no source any more: what is left of the way to it is on its device. Else that may just not be mounted. */
function isRemoved({source, identity}: JournalTarget): boolean {
	if (lstatSync(source, {throwIfNoEntry: false}) !== undefined) return false;
	const around = ['/', ...waysTo(dirname(source))].findLast((directory) => existsSync(directory));
	return around !== undefined && String(lstatSync(around, {bigint: true}).dev) === identity.split(':')[0];
}

function notThere({source, to}: JournalTarget, journal: string): ShellError {
	return new ShellError('unavailable', `${source}, whose files have the label ${to}, is not there, or another one is`, {
		hint: `Bring it back (is it mounted?), then run \`virt-sandbox --clean\`; or remove ${journal}, which lists the labels that its files had`,
	});
}

function givenUp({source, to}: JournalTarget, cause: unknown): ShellError {
	const hint = '`virt-sandbox --clean` goes on with it';
	return new ShellError('unavailable', `Files below ${source} still have the label ${to}: putting it back was given up`, {hint, cause});
}

function notFound({source, to}: JournalTarget, cause: unknown): ShellError {
	const why = cause instanceof ShellError ? cause.message : String(cause);
	return new ShellError('unavailable', `What the sandbox made below ${source} keeps the label ${to}, all or in part: ${why}`, {
		hint: 'All that was there before has the labels it had. Remove what is not wanted, or label it by hand',
		cause,
	});
}

/** The labels to set, directories before what they hold. */
export function planUndo({to, files}: Pick<JournalTarget, 'to' | 'files'>, tree: readonly LabelledFile[]): LabelChange[] {
	const byName = new Map(files.map(([name, inode, label]) => [`${inode} ${name}`, label ?? undefined]));
	const byInode = new Map(files.map(([, inode, label]) => [inode, label ?? undefined]));
	const after = new Map<string, string | undefined>();
	const changes: LabelChange[] = [];
	const isShared = sharedIn(tree);
	for (const file of tree) {
		const {name, inode, label} = file;
		const key = `${inode} ${name}`;
		const parent = name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : '';
		const before = byName.has(key) ? byName.get(key) : byInode.has(inode) ? byInode.get(inode) : after.get(parent);
		const isOurs = label === to && (byInode.has(inode) || !isShared(file));
		after.set(name, isOurs ? before : label);
		if (isOurs && before !== to) changes.push({name, inode, expected: label, wanted: before});
	}
	return changes;
}

interface AbandonedOptions {
	/** Of the journals. */
	readonly directory: string;
	/** Whether the sandbox of a journal may still run. */
	isAlive(owner: JournalOwner): boolean | Promise<boolean>;
}
export type Abandoned =
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
