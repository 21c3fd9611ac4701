import {closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {isCode} from '../../../core/is-code.ts';
import type {OwnerRecord} from '../../guest/state/state-directory.ts';
import type {Caller} from '../../host/caller.ts';
import {openEmptyFile} from '../../host/files/open-own-file.ts';
import {insteadOf, makeOwnDirectory, ownDirectory} from '../../host/files/own-directory.ts';
import {readRegularFile} from '../../host/files/read-regular-file.ts';
import type {RelabelTarget} from '../settle-labels.ts';

const mostBytes = 256 * 1024 ** 2;

/** Whose relabelling a journal tells of. */
export interface JournalOwner extends Pick<OwnerRecord, 'owner' | 'namespace' | 'uri' | 'uuid' | 'lifetime'> {
	/** The sandbox's. */
	readonly id: string;
}

/** Labels before the change below one source. */
export interface JournalTarget extends RelabelTarget {
	readonly identity: string;
	/** Name (a character for each byte), inode, label before; null: it had none. */
	readonly files: ReadonlyArray<readonly [name: string, inode: string, label: string | null]>;
}

export interface Journal extends JournalOwner {
	readonly version: 1;
	readonly targets: readonly JournalTarget[];
}

/** Where journals are: they outlive a crash of the host. */
export function journalDirectory(caller: Pick<Caller, 'uid' | 'environment'>): string {
	if (caller.uid === 0) return '/var/lib/virt-sandbox/journal';
	return ownDirectory('state', caller.environment, 'journal');
}

/** Where the journal of a sandbox is. */
export function journalPath(directory: string, id: string): string {
	return join(directory, `${id}.json`);
}

/** Writes a journal so that it is on the disk, whole, when this returns. */
export function writeJournal(directory: string, journal: Journal): void {
	makeOwnDirectory(directory, insteadOf('state'));
	const path = journalPath(directory, journal.id);
	const file = openEmptyFile(`${path}.new`);
	try {
		const bytes = Buffer.from(`${JSON.stringify(journal)}\n`);
		// It has to be read again.
		if (bytes.length > mostBytes)
			throw new ShellError('refused', 'The names of the files to relabel are too many to be noted', {hint: 'Mount a smaller directory'});
		for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
		fsyncSync(file);
	} finally {
		closeSync(file);
	}
	renameSync(`${path}.new`, path);
	syncDirectory(directory);
}

/** Where what a removed one says is kept. */
export function copyPath(directory: string, id: string): string {
	return join(directory, `${id}.lost`);
}

export function removeJournal(directory: string, id: string, {keepsCopy = false} = {}): void {
	if (keepsCopy) renameSync(journalPath(directory, id), copyPath(directory, id));
	else rmSync(journalPath(directory, id), {force: true});
	syncDirectory(directory);
}

function syncDirectory(directory: string): void {
	const descriptor = openSync(directory, 'r');
	try {
		fsyncSync(descriptor);
	} finally {
		closeSync(descriptor);
	}
}

/** The ids of all journals. */
export function listJournals(directory: string): string[] {
	if (!existsSync(directory)) return [];
	return readdirSync(directory).flatMap((name) => /^([\w-]+)\.json$/.exec(name)?.[1] ?? []);
}

/** Undefined: there is none. A journal that cannot be read is an error: it is the only trace of labels that were. */
export function readJournal(directory: string, id: string): Journal | undefined {
	let text: string;
	try {
		text = readRegularFile(journalPath(directory, id), {isOurs: true, most: mostBytes}).toString();
	} catch (cause) {
		if (isCode(cause, 'ENOENT')) return undefined;
		throw new ShellError('failed', `Cannot read the journal ${journalPath(directory, id)}`, {cause});
	}
	const journal = parse(text);
	if (journal === undefined || journal.id !== id) {
		throw new ShellError('failed', `The journal ${journalPath(directory, id)} is damaged, or of a later version`, {
			hint: 'It lists the labels that files had: put them back by hand, then remove it',
		});
	}
	return journal;
}

function parse(text: string): Journal | undefined {
	try {
		const journal = JSON.parse(text) as Partial<Journal>;
		return isJournal(journal) ? journal : undefined;
	} catch {
		return undefined;
	}
}

function isJournal(journal: Partial<Journal>): journal is Journal {
	const {version, id, owner, namespace, uri, uuid, lifetime, targets} = journal;
	return (
		version === 1 &&
		[id, namespace, uri, uuid, owner?.startTime].every((word) => typeof word === 'string') &&
		typeof owner?.pid === 'number' &&
		(lifetime === 'client' || lifetime === 'keep') &&
		Array.isArray(targets) &&
		targets.every(isTarget)
	);
}

function isTarget(target: Partial<JournalTarget>): boolean {
	const {source, attribute, to, identity, files} = target;
	return (
		[source, to, identity].every((word) => typeof word === 'string') &&
		(attribute === 'security.selinux' || attribute === 'owner') &&
		Array.isArray(files) &&
		files.every(
			(file) => Array.isArray(file) && typeof file[0] === 'string' && typeof file[1] === 'string' && (file[2] === null || typeof file[2] === 'string'),
		)
	);
}
