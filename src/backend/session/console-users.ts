import {join} from 'node:path';
import {isCode} from '../../core/is-code.ts';
import {readRegularFile} from '../host/files/read-regular-file.ts';
import {replaceFile} from '../host/files/replace-file.ts';

/** Which user of the guest each spare console is given to; beside the sandbox, for an owner that comes later. */
export interface ConsoleUsers {
	of(tty: number): number | undefined;
	/** Throws where it cannot be written. */
	note(tty: number, uid: number): void;
}

/** No user's: nobody gets a console of which it is not known who has had it. */
const somebody = -1;

export function openConsoleUsers(statePath: string): ConsoleUsers {
	const path = join(statePath, 'consoles');
	const users = read(path);
	return {
		of: (tty) => (users === undefined ? somebody : users.get(tty)),
		note(tty, uid) {
			if (users === undefined || users.get(tty) === uid) return;
			replaceFile(path, JSON.stringify([...new Map(users).set(tty, uid)]));
			users.set(tty, uid);
		},
	};
}

/** Undefined: it is there, and cannot be read. */
function read(path: string): Map<number, number> | undefined {
	try {
		return new Map(JSON.parse(readRegularFile(path, {isOurs: true}).toString()) as Array<[tty: number, uid: number]>);
	} catch (error) {
		// Nobody has had any.
		return isCode(error, 'ENOENT') ? new Map() : undefined;
	}
}
