import {existsSync} from 'node:fs';
import {ShellError} from '../../../core/errors.ts';
import {listJournals, readJournal, removeJournal, type Journal, type JournalOwner, type JournalTarget} from './journal.ts';
import {sharedIn} from './plan-relabel.ts';
import {listLabels, setLabels, type LabelChange, type LabelledFile} from './run-label-script.ts';

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
 * stays as it is. One that the sandbox made has its label and gets that of its directory, unless it has names elsewhere, too. Rejects where a label cannot be
 * set; the journal then stays.
 */
export async function undoJournal(directory: string, id: string): Promise<Undone> {
	const journal = readJournal(directory, id);
	if (journal === undefined) return {id, result: 'none', restored: 0};
	let restored = 0;
	for (const target of journal.targets) restored += await undoTarget(target);
	removeJournal(directory, id);
	return {id, result: 'undone', restored};
}

async function undoTarget(target: JournalTarget): Promise<number> {
	const {source, attribute, to} = target;
	if (target.files.length === 0 || !existsSync(source)) return 0;
	const tree = await listLabels(source, {attribute});
	// Another directory has been put there; the one that was relabelled is out of reach.
	if (tree.identity !== target.identity) return 0;
	const changes = planUndo(target, tree.files);
	const results = await setLabels(source, changes, {attribute});
	const failed = results.findIndex(({result}) => result === 'error');
	const failure = results[failed];
	if (failure?.result === 'error') {
		const name = Buffer.from(changes[failed]?.name ?? '', 'latin1').toString('utf8');
		throw new ShellError('failed', `Cannot put the label of ${source}/${name} back: ${failure.text}`, {
			hint: `It still is ${to}. Try \`virt-sandbox --clean\` again as the user who started the sandbox`,
		});
	}
	return results.filter(({result}) => result === 'ok').length;
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
