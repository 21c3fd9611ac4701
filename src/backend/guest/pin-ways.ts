import {dirname} from 'node:path';
import {coverOf, isTemporary, type GuestTree} from './guest-tree.ts';

/**
 * Mounts each directory on itself that leads, in what a guest may write to, to something read-only or hidden: one that is mounted upon cannot
 * be renamed, so that nobody in the guest puts something else at its path.
 */
export function pinWays(guest: GuestTree): void {
	const kept = [...guest.mounts.values()].filter(({kind, readonly, cause}) => cause !== undefined && readonly && (kind === 'bind' || kind === 'hide'));
	for (const {target} of kept) {
		for (let directory = dirname(target); directory !== '/'; directory = dirname(directory)) {
			const around = coverOf(guest, directory);
			if (around?.kind !== 'bind' || around.readonly || around.cause === undefined || isTemporary(around)) break;
			if (around.target === directory) continue;
			guest.mounts.set(directory, {...around, target: directory, source: around.source + directory.slice(around.target.length)});
		}
	}
}
