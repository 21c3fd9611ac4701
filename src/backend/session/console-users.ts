import {join} from 'node:path';
import {isCode} from '../../core/is-code.ts';
import {readRegularFile} from '../host/files/read-regular-file.ts';
import {replaceFile} from '../host/files/replace-file.ts';

/** To which user of the guest, by all ids, each spare console is given; beside the sandbox, for an owner that comes later. */
export interface ConsoleUsers {
	of(tty: number): string | undefined;
	/** Throws where it cannot be written. */
	note(tty: number, user: string): void;
}

/** No user's: nobody gets a console of which it is not known who has had it. */
const somebody = '';

export function openConsoleUsers(statePath: string): ConsoleUsers {
	const path = join(statePath, 'consoles');
	const users = read(path);
	return {
		of: (tty) => (users === undefined ? somebody : users.get(tty)),
		note(tty, user) {
			if (users === undefined || users.get(tty) === user) return;
			replaceFile(path, JSON.stringify([...new Map(users).set(tty, user)]));
			users.set(tty, user);
		},
	};
}

/** Undefined: it is there, and cannot be read. */
function read(path: string): Map<number, string> | undefined {
	try {
		return new Map(JSON.parse(readRegularFile(path, {isOurs: true}).toString()) as Array<[tty: number, user: string]>);
	} catch (error) {
		// Nobody has had any.
		return isCode(error, 'ENOENT') ? new Map() : undefined;
	}
}
