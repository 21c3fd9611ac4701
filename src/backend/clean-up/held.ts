import {ShellError} from '../../core/errors.ts';
import type {LeftoverFiles} from './leftover-files.ts';

/** The place that is named where something of it is left. */
export function nameOf({path, temporary}: Pick<LeftoverFiles, 'path' | 'temporary'>): string {
	return temporary[0] ?? path ?? '';
}

/** Somebody may hold up a process that removes something, for ever. */
export class Held extends ShellError {
	constructor(files: Pick<LeftoverFiles, 'path' | 'temporary'>, reason: string) {
		super('unavailable', `Cannot remove ${nameOf(files)}: ${reason}`, {
			hint: 'Somebody may keep a directory of it locked, `kill -9` or not; once they let go, `virt-sandbox --clean` removes what is left',
		});
	}
}
