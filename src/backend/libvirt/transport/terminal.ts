import {closeSync, constants, openSync} from 'node:fs';

/** Whether this process has a terminal on which a person can be asked, whatever its standard input and output are. */
export function hasTerminal(): boolean {
	try {
		closeSync(openSync('/dev/tty', constants.O_RDWR | constants.O_NOCTTY));
		return true;
	} catch {
		return false;
	}
}
