import {accessSync, constants, readdirSync} from 'node:fs';
import {dirname} from 'node:path';
import {onceEach} from '../../../core/once.ts';
import {isFirmWay, isOwn, lstatIfThere} from '../../host/files/firm-way.ts';
import {ifThere} from '../../host/files/if-there.ts';
import type {FileFacts} from '../boot/cpio.ts';
import type {TreeBind} from './host-tree.ts';

export const usualMode = 0o755;

/** What a guest's own in the place of a file or directory has of that; as usual where it cannot be looked at. */
export function factsOf(path: string): Required<FileFacts> & {readonly mode: number} {
	const {mode, uid, gid, mtimeMs} = lstatIfThere(path) ?? {mode: usualMode, uid: 0, gid: 0, mtimeMs: 0};
	return {mode: mode & 0o7777, uid, gid, time: Math.min(Math.max(0, Math.floor(mtimeMs / 1000)), mostTime)};
}

/** The latest that an archive can tell. */
const mostTime = 2 ** 32 - 1;

/**
 * Whether a start of `caller` looks into what lies in a bind, at a place to which nobody else can change the way. Other users could hold it
 * up there for ever, or change what it finds; so it looks at theirs only where it was asked for, or in a root that lies in theirs.
 */
export function mayLookInto(caller: number): (bind: Pick<TreeBind, 'isAsked' | 'source'>, place: string) => boolean {
	const isFirm = onceEach((directory) => isFirmWay(directory, caller));
	return ({isAsked, source}, place) => {
		if (isAsked || !isFirm(dirname(source))) return true;
		const stats = lstatIfThere(place);
		return stats === undefined || isOwn(stats, caller);
	};
}

/** Whether a share of a directory would show anything; of one that may not be listed nobody knows. */
export function needsShare(path: string, mayList: boolean): boolean {
	try {
		accessSync(path, constants.X_OK);
	} catch {
		return false;
	}
	// What can be entered and not listed may show what is named.
	return !mayList || ifThere(() => readdirSync(path))?.length !== 0;
}
