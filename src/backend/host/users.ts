import {ShellError} from '../../core/errors.ts';
import {hasControlCharacters} from '../../core/text.ts';
import type {User} from '../../spec/types.ts';
import type {Caller} from './caller.ts';
import {readWithin} from './files/root-directory.ts';

/** An account of the host, with its numbers resolved. */
export interface Account {
	readonly name: string;
	readonly uid: number;
	readonly gid: number;
	readonly groups: readonly number[];
	readonly home: string;
	readonly shell: string;
}

/** The two files that say who is who; a test brings its own. */
export interface AccountFiles {
	readonly passwd: string;
	readonly group: string;
	/** They are of a root that is not the host's, whose word makes nobody of the group of root. */
	readonly isForeign?: boolean;
}

/** (uid_t)-1, to the kernel "no change". */
const noId = 0xffffffff;
/** Some 50,000 accounts. */
const largestFile = 4 * 1024 ** 2;

/** Reads /etc/passwd and /etc/group of a root directory ('' is the host's); a missing file is empty. What is no file there, or too large, is refused. */
export function readAccountFiles(base = ''): AccountFiles {
	const read = (path: string): string => readWithin(base, path, largestFile) ?? '';
	return {passwd: read('/etc/passwd'), group: read('/etc/group'), isForeign: base !== ''};
}

/** Whom a command runs as. A user that does not exist is a ShellError `not-found`. */
export function resolveAccount(user: User, caller: Caller, files: AccountFiles): Account {
	switch (user.kind) {
		case 'root':
			return accountOf(0, 0, [], files);
		case 'caller':
			return accountOf(caller.uid, caller.gid, caller.groups, files);
		case 'name':
			return requireHarmless(user.name, accountByName(user.name, files), files);
	}
}

/** Root is asked for by -p, by its own name or by numbers: no other name makes a command root, nor does another root's word put it into the group of root. */
function requireHarmless(asked: string, account: Account, {isForeign = false}: AccountFiles): Account {
	const {uid, gid, groups} = account;
	if (uid === 0 && !/^[\d:]+$/.test(asked)) {
		throw new ShellError('refused', `The user '${asked}' has the id 0: it is root`, {hint: 'If the command is to run as root, give -p'});
	}
	if (uid !== 0 && isForeign && !asked.includes(':') && (gid === 0 || groups.includes(0))) {
		throw new ShellError('refused', `The root directory's own files put the user '${asked}' into the group of root`, {
			hint: `Give numbers, as -S ${uid}:${gid === 0 ? uid : gid}; -S ${uid}:0 if that group is meant`,
		});
	}
	return account;
}

/** Undefined: the files do not name them. */
export function findAccount(uid: number, {passwd}: AccountFiles): Account | undefined {
	return findEntry(passwd, (account) => account.uid === uid);
}

function accountOf(uid: number, gid: number, groups: readonly number[], files: AccountFiles): Account {
	const entry = findAccount(uid, files);
	const others = groups.filter((group) => group !== gid);
	if (entry === undefined) return {name: String(uid), uid, gid, groups: others, home: uid === 0 ? '/root' : '/', shell: '/bin/sh'};
	return {...entry, gid, groups: others};
}

/** `name`, `UID` or `UID:GID`. */
function accountByName(name: string, files: AccountFiles): Account {
	const numbers = /^(\d+)(?::(\d+))?$/.exec(name);
	if (numbers !== null) {
		const uid = readId(numbers[1] ?? '', name);
		const entry = findAccount(uid, files);
		const gid = numbers[2] === undefined ? (entry?.gid ?? uid) : readId(numbers[2], name);
		return entry === undefined || numbers[2] !== undefined
			? accountOf(uid, gid, [], files)
			: {...entry, groups: groupsOf(entry.name, entry.gid, files.group)};
	}
	const entry = findEntry(files.passwd, (account) => account.name === name);
	if (entry === undefined) throw new ShellError('not-found', `No user is named '${name}'`, {hint: 'See /etc/passwd, or give a number: UID or UID:GID'});
	return {...entry, groups: groupsOf(entry.name, entry.gid, files.group)};
}

function readId(text: string, all: string): number {
	const id = Number(text);
	if (id >= noId) throw new ShellError('usage', `'${all}' is not a user: ${text} is too large`);
	return id;
}

/** The first account that matches; the lines after it are not looked at, and none counts that names no user. */
function findEntry(text: string, matches: (account: Account) => boolean): Account | undefined {
	for (const line of text.split('\n')) {
		const [name = '', , uid, gid, , home, shell] = line.split(':');
		if (!isId(uid) || !isId(gid) || name === '' || name.length > longestName || hasControlCharacters(name)) continue;
		const account = {name, uid: Number(uid), gid: Number(gid), groups: [], home: pathOr('/', home), shell: pathOr('/bin/sh', shell)};
		if (matches(account)) return account;
	}
	return undefined;
}

const longestName = 255;
const longestPath = 4095;

/** A larger number would be another user to the kernel, and 4294967296 root. */
function isId(text: string | undefined): text is string {
	return text !== undefined && /^\d+$/.test(text) && Number(text) < noId;
}

/** It becomes a part of the command's environment. */
function pathOr(usual: string, path: string | undefined): string {
	return path?.startsWith('/') === true && path.length <= longestPath && !hasControlCharacters(path) ? path : usual;
}

function groupsOf(name: string, primary: number, text: string): number[] {
	return text.split('\n').flatMap((line) => {
		const [, , gid, members] = line.split(':');
		if (members === undefined || !isId(gid) || Number(gid) === primary) return [];
		return members.split(',').includes(name) ? Number(gid) : [];
	});
}
