import {ShellError} from '../../core/errors.ts';
import {fillScript} from '../../core/fill-script.ts';
import {innermost, isWithin} from '../../spec/paths.ts';
import type {RootPlan} from './root/root-plan.ts';
import {isTemporary} from './root/guest-tree.ts';
import {ledFinder, mayBeShared, type LedFor} from './root/shared-mounts.ts';
import include from './scripts/include.sh';

export const includeFunctions = fillScript(include);

/** The last word of `bring`. */
export type IncludeWay = 'own' | 'shared';

/** How `bring` has to copy to a place of the guest. `caller`: whose the directories of the host may be, besides root. */
export function wayOfInclude({mounts}: Pick<RootPlan, 'mounts'>, target: string, caller: number): IncludeWay {
	const shared = mounts.filter(
		// An ordinary user's temporary directory is open to all that user's sandboxes that may write to /var/tmp.
		(mount) => (mayBeShared(mount) || (caller !== 0 && isTemporary(mount))) && (isWithin(target, mount.target) || isWithin(mount.target, target)),
	);
	const way = shared.length === 0 ? 'own' : 'shared';
	// What goes to a binding is written with the rights of an ordinary user, who may have sandboxes that change the user's own directories.
	requireInPlace(mounts, target, {user: way === 'own' ? 0 : caller, caller});
	for (const {target: around} of shared) {
		// Whoever else may write there may move a mount point, and what is mounted on it goes with that.
		const movable = mounts.find((mount) => !mount.readonly && mount.target !== around && isWithin(mount.target, around));
		if (movable === undefined) continue;
		throw new ShellError('refused', `Nothing is copied to ${target}: others may write to ${around}, and could move what is mounted at ${movable.target}`, {
			hint: `Copy it there yourself, or mount ${movable.target} outside of ${around}`,
		});
	}
	return way;
}

/** Two mounts in what others may write to could change their places, with what is mounted there. */
function requireInPlace(mounts: RootPlan['mounts'], target: string, asked: LedFor): void {
	const around = innermost(mounts, target, (mount) => mount.target);
	const isLed = ledFinder(mounts, asked);
	const movable = mounts.filter((mount) => !mount.readonly && isLed(mount.target));
	const other = movable.find((mount) => mount !== around);
	if (around === undefined || other === undefined || !movable.includes(around)) return;
	const message = `Nothing is copied to ${target}: others may write to where ${around.target} lies, and could put ${other.target} in its place`;
	throw new ShellError('refused', message, {hint: `Copy it there yourself, or mount ${around.target} where nobody else writes`});
}
