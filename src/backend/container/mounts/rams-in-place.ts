import {ShellError} from '../../../core/errors.ts';
import type {GuestMount, RootPlan} from '../../guest/root/root-plan.ts';
import {ledFinder} from '../../guest/root/shared-mounts.ts';

/** The mode of a tmpfs for which nothing is said. */
export const tmpfsMode = 0o1777;

/** Whether the init has to give a ram its mode and owner: libvirt sets neither. */
export function isSettled({mode, uid, gid}: Pick<Extract<GuestMount, {kind: 'ram'}>, 'mode' | 'uid' | 'gid'>): boolean {
	return mode !== tmpfsMode || uid !== 0 || gid !== 0;
}

/**
 * For an ordinary user: the init, which is root, gives a ram its mode and owner. In a directory of the user's another sandbox of theirs could
 * put a binding in its place, which may show what is root's.
 */
export function requireRamsInPlace({mounts}: Pick<RootPlan, 'mounts'>, caller: number): void {
	const isLed = ledFinder(mounts, {user: 0, caller});
	const movable = mounts.filter(({readonly, target}) => !readonly && isLed(target));
	const other = movable.find(({kind}) => kind !== 'ram');
	const ram = movable.find((mount) => mount.kind === 'ram' && isSettled(mount));
	if (ram === undefined || other === undefined) return;
	throw new ShellError(
		'refused',
		`The ram at ${ram.target} gets no mode and no owner: whoever else writes to where it lies, as other sandboxes of yours, could put ${other.target} in its place`,
		{
			hint:
				ram.cause?.type === 'ram'
					? 'Leave out its mode, uid and gid, or mount it where only root writes'
					: `Mount ${other.target} where only root writes`,
		},
	);
}
