import {dirname} from 'node:path';
import {ShellError} from '../../core/errors.ts';

const reasons: Readonly<Record<string, string>> = {
	ENOSPC: 'no space or no inodes are left',
	EDQUOT: 'the quota is used up',
	EROFS: 'the file system is read-only',
};

/** What a file system has against what a start writes, in our words; any other fault stays as it is. `place`: where most of that goes. */
export function explainFull(error: unknown, place: string): unknown {
	if (!(error instanceof Error) || error instanceof ShellError || !('code' in error)) return error;
	const reason = reasons[String(error.code)];
	if (reason === undefined) return error;
	const {path, dest} = error as NodeJS.ErrnoException & {readonly dest?: string};
	const written = dest ?? path;
	const directory = written === undefined || written.startsWith(`${place}/`) ? place : dirname(written);
	return new ShellError('failed', `The sandbox cannot be recorded in ${directory}: ${reason}`, {
		hint: error.code === 'EROFS' ? `See how it is mounted: findmnt -T ${directory}` : `See what fills its file system: df ${directory}; df -i ${directory}`,
		cause: error,
	});
}
