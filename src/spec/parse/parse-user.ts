import {usageError} from '../../core/errors.ts';
import type {User} from '../types.ts';

const largestId = 4294967294;

/** Reads `-S USER`: a name, a number, or UID:GID. `root` is what -p means too, so that it has one form. */
export function parseUser(text: string): User {
	if (text === '') {
		throw usageError('The user is empty', 'Write a name, a number, or UID:GID.');
	}
	if (/^\d+(:\d+)?$/.test(text)) {
		for (const id of text.split(':')) {
			if (Number(id) > largestId) {
				throw usageError(`The id '${id}' is too large`, `The largest is ${largestId}.`);
			}
		}
		return {kind: 'name', name: text};
	}
	// As shadow-utils allows with --badname, and names of directory services: no `:` (passwd), no blank or control character.
	if (!/^[A-Za-z0-9_.][A-Za-z0-9_.@\\-]{0,254}\$?$/.test(text)) {
		throw usageError(`'${text}' cannot name a user`, 'Write a name, a number, or UID:GID.');
	}
	return text === 'root' ? {kind: 'root'} : {kind: 'name', name: text};
}

/** Writes a user as `parseUser` reads it; undefined: the caller. */
export function formatUser(user: User): string | undefined {
	return user.kind === 'caller' ? undefined : user.kind === 'root' ? user.kind : user.name;
}
