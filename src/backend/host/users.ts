import {readFileSync} from 'node:fs';
import {ShellError} from '../../core/errors.ts';
import type {User} from '../../spec/types.ts';
import type {Caller} from '../types.ts';

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
}

/** Reads /etc/passwd and /etc/group below a root directory; a missing file is empty. */
export function readAccountFiles(root = ''): AccountFiles {
	return {passwd: readOrEmpty(`${root}/etc/passwd`), group: readOrEmpty(`${root}/etc/group`)};
}

function readOrEmpty(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch {
		return '';
	}
}

/** Whom a command runs as. A user that does not exist is a ShellError `not-found`. */
export function resolveAccount(user: User, caller: Caller, files: AccountFiles): Account {
	switch (user.kind) {
		case 'root':
			return accountOf(0, 0, [], files);
		case 'caller':
			return accountOf(caller.uid, caller.gid, caller.groups, files);
		case 'name':
			return accountByName(user.name, files);
	}
}

function accountOf(uid: number, gid: number, groups: readonly number[], {passwd}: AccountFiles): Account {
	const entry = findEntry(passwd, (account) => account.uid === uid);
	const others = groups.filter((group) => group !== gid);
	if (entry === undefined) return {name: String(uid), uid, gid, groups: others, home: uid === 0 ? '/root' : '/', shell: '/bin/sh'};
	return {...entry, gid, groups: others};
}

/** `name`, `UID` or `UID:GID`. */
function accountByName(name: string, files: AccountFiles): Account {
	const numbers = /^(\d+)(?::(\d+))?$/.exec(name);
	if (numbers !== null) {
		const uid = readId(numbers[1] ?? '', name);
		const entry = findEntry(files.passwd, (account) => account.uid === uid);
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
	// 2^32 - 1 is (uid_t)-1: "no change".
	if (id >= 0xffffffff) throw new ShellError('usage', `'${all}' is no user: ${text} is too large`);
	return id;
}

/** The first account that matches; the lines after it are not looked at. */
function findEntry(text: string, matches: (account: Account) => boolean): Account | undefined {
	for (const line of text.split('\n')) {
		const [name, , uid, gid, , home, shell] = line.split(':');
		if (name === undefined || uid === undefined || gid === undefined || !/^\d+$/.test(uid) || !/^\d+$/.test(gid)) continue;
		const account = {
			name,
			uid: Number(uid),
			gid: Number(gid),
			groups: [],
			home: home === undefined || home === '' ? '/' : home,
			shell: shell === undefined || shell === '' ? '/bin/sh' : shell,
		};
		if (matches(account)) return account;
	}
	return undefined;
}

function groupsOf(name: string, primary: number, text: string): number[] {
	const groups: number[] = [];
	for (const line of text.split('\n')) {
		const [, , gid, members] = line.split(':');
		if (gid === undefined || members === undefined || !/^\d+$/.test(gid) || Number(gid) === primary) continue;
		if (members.split(',').includes(name)) groups.push(Number(gid));
	}
	return groups;
}
