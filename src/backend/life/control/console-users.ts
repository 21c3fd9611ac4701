import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

/** Which user of the guest each spare console was last given to, but for root; beside the sandbox, for an owner that comes later. */
export interface ConsoleUsers {
	of(tty: number): number | undefined;
	note(tty: number, uid: number): void;
}

export function openConsoleUsers(statePath: string): ConsoleUsers {
	const path = join(statePath, 'consoles');
	const users = new Map(read(path));
	return {
		of: (tty) => users.get(tty),
		note(tty, uid) {
			if (users.get(tty) === uid) return;
			users.set(tty, uid);
			writeFileSync(path, JSON.stringify([...users]), {mode: 0o600});
		},
	};
}

function read(path: string): Array<[tty: number, uid: number]> {
	try {
		return JSON.parse(readFileSync(path, 'utf8')) as Array<[tty: number, uid: number]>;
	} catch {
		// Nobody but root has had any.
		return [];
	}
}
