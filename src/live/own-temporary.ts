import {statSync} from 'node:fs';
import {tmpdir} from 'node:os';

const others = {write: 0o022, sticky: 0o1000};

/** Where to put what is only for now: in what nobody else may rename it away from. TMPDIR may have been another user's, and be another user's directory. */
export function ownTemporary(asked: string = tmpdir(), uid: number = process.geteuid?.() ?? 0): string {
	const stats = statSync(asked, {throwIfNoEntry: false});
	const isOurs = stats?.isDirectory() === true && [0, uid].includes(stats.uid);
	return isOurs && ((stats.mode & others.write) === 0 || (stats.mode & others.sticky) !== 0) ? asked : '/tmp';
}
