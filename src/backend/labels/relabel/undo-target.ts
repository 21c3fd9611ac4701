import {existsSync, lstatSync} from 'node:fs';
import {dirname} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {waysTo} from '../../../spec/paths.ts';
import type {JournalTarget} from './journal.ts';
import {sharedIn} from './plan-relabel.ts';
import {explainLabelFault, listLabels, setLabels, type LabelChange, type LabelledFile} from './run-label-script.ts';

/** What became of one source of a journal. */
interface UndoneTarget {
	/** Files that have the label they had. */
	readonly restored: number;
	/** What keeps the sandbox's label, and why. */
	readonly fault?: ShellError;
	/** `journal`: to be tried again; `copy`: nobody can, but its source may be found one day. */
	readonly needs: 'journal' | 'copy' | 'nothing';
}

/** Where the journal lies, and where its copy would. */
interface JournalPaths {
	readonly journal: string;
	readonly copy: string;
}

/** Puts the labels back of one source: first of all that the journal has, whatever else there is by now, then of what was made and moved. */
export async function undoTarget(target: JournalTarget, paths: JournalPaths, signal: AbortSignal | undefined): Promise<UndoneTarget> {
	if (target.files.length === 0) return {restored: 0, needs: 'nothing'};
	if (isRemoved(target)) return {restored: 0, fault: isGone(target, paths), needs: 'copy'};
	if (!isThere(target)) return {restored: 0, fault: isElsewhere(target, paths), needs: 'journal'};
	let restored = 0;
	try {
		const {done, missed} = await restore(target, changesOf(target), signal);
		restored += done;
		const {found, made, why} = await restoreMade(target, signal);
		restored += made;
		if (why === undefined) return {restored, needs: 'nothing'};
		const isLost = [...missed].some((inode) => !found.has(inode));
		return isLost ? {restored, fault: mayBeLost(target, paths, why), needs: 'journal'} : {restored, fault: isUnread(target, why), needs: 'nothing'};
	} catch (cause) {
		const fault = signal?.aborted === true ? givenUp(target, cause) : cause instanceof ShellError ? cause : mayBeLost(target, paths, cause);
		return {restored, fault, needs: 'journal'};
	}
}

/** What the journal has of files that are where they were. */
function changesOf({files, to}: JournalTarget): LabelChange[] {
	return files.flatMap(([name, inode, label]) => (label === to ? [] : {name, inode, expected: to, wanted: label ?? undefined}));
}

interface Made {
	/** Inodes of all files that could be found. */
	readonly found: ReadonlySet<string>;
	readonly made: number;
	/** Why there may be more. */
	readonly why: unknown;
}

/** The files that the sandbox has made, or moved. */
async function restoreMade(target: JournalTarget, signal: AbortSignal | undefined): Promise<Made> {
	const {source, attribute} = target;
	let tree;
	try {
		tree = await listLabels(source, {attribute, signal});
	} catch (why) {
		signal?.throwIfAborted();
		return {found: new Set(), made: 0, why};
	}
	const {done} = await restore(target, planUndo(target, tree.files), signal);
	const why = tree.unread === undefined ? undefined : explainLabelFault(source, tree.unread);
	return {found: new Set(tree.files.map(({inode}) => inode)), made: done, why};
}

/** `missed`: inodes of those that are not there, or have another label. */
async function restore(
	{source, attribute, to}: JournalTarget,
	changes: readonly LabelChange[],
	signal: AbortSignal | undefined,
): Promise<{readonly done: number; readonly missed: ReadonlySet<string>}> {
	if (changes.length === 0) return {done: 0, missed: new Set()};
	const results = await setLabels(source, changes, {attribute, signal});
	const failed = results.findIndex(({result}) => result === 'error');
	const failure = results[failed];
	if (failure?.result === 'error') {
		const name = Buffer.from(changes[failed]?.name ?? '', 'latin1').toString('utf8');
		throw new ShellError('unavailable', `Cannot put the label of ${source}/${name} back: ${failure.text}`, {
			hint: `It still is ${to}. Try \`virt-sandbox --clean\` again as the user who started the sandbox`,
		});
	}
	const missed = changes.flatMap(({inode}, index) => (results[index]?.result === 'ok' ? [] : inode));
	return {done: changes.length - missed.length, missed: new Set(missed)};
}

/**
 * Whether the source is where it was, by its inode and the time of its birth: what the kernel calls its device may be another number after a
 * boot. Each file is compared as well.
 */
function isThere({source, identity}: JournalTarget): boolean {
	const stats = lstatSync(source, {bigint: true, throwIfNoEntry: false});
	const [, inode, birth] = identity.split(':');
	return stats !== undefined && String(stats.ino) === inode && (birth === undefined || birth === String(stats.birthtimeNs));
}

/** Whether there is no source any more: what is left of the way to it is on its device. Else that may just not be mounted. */
function isRemoved({source, identity}: JournalTarget): boolean {
	if (lstatSync(source, {throwIfNoEntry: false}) !== undefined) return false;
	const around = ['/', ...waysTo(dirname(source))].findLast((directory) => existsSync(directory));
	return around !== undefined && String(lstatSync(around, {bigint: true}).dev) === identity.split(':')[0];
}

function isGone({source, to}: JournalTarget, {copy}: JournalPaths): ShellError {
	return new ShellError('unavailable', `${source} is gone: if it was moved, its files keep the label ${to}`, {
		hint: `${copy} lists the labels that they had`,
	});
}

function isElsewhere({source, to}: JournalTarget, {journal}: JournalPaths): ShellError {
	return new ShellError('unavailable', `${source}, whose files have the label ${to}, is not there, or another one is`, {
		hint: `Bring it back (is it mounted?), then run \`virt-sandbox --clean\`; or remove ${journal}, which lists the labels that its files had`,
	});
}

function mayBeLost({source, to}: JournalTarget, {journal}: JournalPaths, cause: unknown): ShellError {
	return new ShellError('unavailable', `Files that were below ${source} before the sandbox may still have the label ${to}: ${reasonOf(cause)}`, {
		hint: `Move them back, or remove what cannot be read, then run \`virt-sandbox --clean\`; or remove ${journal}, which lists the labels that they had`,
		cause,
	});
}

function isUnread({source, to}: JournalTarget, cause: unknown): ShellError {
	return new ShellError('unavailable', `What the sandbox made below ${source} keeps the label ${to}, all or in part: ${reasonOf(cause)}`, {
		hint: 'All that was there before has the label it had. Remove what is not wanted, or label it by hand',
		cause,
	});
}

function givenUp({source, to}: JournalTarget, cause: unknown): ShellError {
	const hint = '`virt-sandbox --clean` goes on with it';
	return new ShellError('unavailable', `Files below ${source} still have the label ${to}: putting it back was given up`, {hint, cause});
}

function reasonOf(cause: unknown): string {
	return cause instanceof Error ? cause.message : String(cause);
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
