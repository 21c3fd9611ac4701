import {dirname} from 'node:path';
import {ShellError} from '../../core/errors.ts';

const seeFull = (directory: string): string => `See what fills its file system: df ${directory}; df -i ${directory}`;

/** By the system's code: what is in the way, and what to do about it. */
const reasons: Readonly<Record<string, readonly [reason: string, hint: (directory: string) => string]>> = {
	ENOSPC: ['no space or no inodes are left', seeFull],
	EDQUOT: ['the quota is used up', seeFull],
	EROFS: ['the file system is read-only', (directory) => `See how it is mounted: findmnt -T ${directory}`],
	EACCES: ['this user may not write there', (directory) => `Look at the rights, and at links on the way: namei -l ${directory}`],
	EFBIG: ['a file of it is larger than this process may write', () => 'Raise the limit: ulimit -f unlimited'],
};

/** What a file system has against what a start writes, in our words; any other fault stays as it is. `place`: where most of that goes. */
export function explainFull(error: unknown, place: string): unknown {
	if (!(error instanceof Error) || error instanceof ShellError || !('code' in error)) return error;
	const found = reasons[String(error.code)];
	if (found === undefined) return error;
	const [reason, hint] = found;
	const {path, dest, syscall} = error as NodeJS.ErrnoException & {readonly dest?: string};
	// Else it may have been read.
	if (error.code === 'EACCES' && syscall !== 'mkdir') return error;
	const written = dest ?? path;
	const directory = written === undefined || written.startsWith(`${place}/`) ? place : dirname(written);
	return new ShellError('failed', `The sandbox cannot be recorded in ${directory}: ${reason}`, {hint: hint(directory), cause: error});
}
