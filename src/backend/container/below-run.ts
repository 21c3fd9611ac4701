import {ShellError} from '../../core/errors.ts';
import {isWithin} from '../../spec/paths.ts';
import type {GuestMount} from '../guest/root/guest-tree.ts';
import {isOfOthers} from '../guest/root/shared-mounts.ts';

/** It holds the sandbox's own. */
const place = '/run';

/** Whether a container has it only after `/run`: what lies there, and what shows something from there. */
export function comesAfterRun({target, shows}: {readonly target: string; readonly shows?: string | undefined}): boolean {
	return isWithin(target, place) || (shows !== undefined && isWithin(shows, place));
}

/**
 * Refuses what would be mounted after `/run` by a way that others may change: led to `/run`, it would lie above the sandbox's own pipes and
 * the program that begins it.
 */
export function requireRunUncovered({mounts}: {readonly mounts: readonly GuestMount[]}): void {
	for (const mount of mounts) {
		// Ours are where nobody else writes.
		if (mount.cause === undefined) continue;
		if (!comesAfterRun({target: mount.target, shows: mount.kind === 'guest-bind' ? mount.source : undefined})) continue;
		const around = mounts.find((other) => other !== mount && isOfOthers(other) && isWithin(mount.target, other.target));
		if (around === undefined) continue;
		throw new ShellError(
			'refused',
			`${mount.target} lies in what is mounted at ${around.target}: whoever writes there could lead it over all of ${place}`,
			{
				hint: isWithin(around.target, place)
					? `Mount ${around.target} outside of ${place}, or use a machine (--backend machine)`
					: `Mount ${mount.target} outside of ${around.target}, or use a machine (--backend machine)`,
			},
		);
	}
}
