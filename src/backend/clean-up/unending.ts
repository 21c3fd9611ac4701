import {ShellError} from '../../core/errors.ts';
import {readOwnerRecord, writeOwnerRecord, type OwnerRecord} from '../guest/state/state-directory.ts';

/** A process of a sandbox was killed and does not end: what tells of the sandbox stays as long. */
export class Unending extends ShellError {
	constructor(name: string | undefined, cause?: unknown) {
		super('unavailable', `A process of '${name ?? ''}' does not end: what is left of the sandbox is removed later`, {
			hint: 'It may wait for a file system that does not answer, or the kernel is still closing what it had open; `virt-sandbox --clean` removes the rest once it has ended',
			cause,
		});
	}
}

/** Of no process. */
const nobody = {pid: 0, startTime: '0'};

/** Nobody owns what is left of a sandbox any more, whether this process goes on or not: `--clean` puts it away. */
export function leaveToClean(path: string): void {
	const record = readOwnerRecord(path);
	if (record !== undefined) writeOwnerRecord(path, {...record, lifetime: 'client', owner: nobody});
}

/** Whether it was left like that. */
export function isLeftToClean({owner}: Pick<OwnerRecord, 'owner'>): boolean {
	return owner.pid === nobody.pid;
}
