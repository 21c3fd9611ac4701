import {ShellError} from '../../../core/errors.ts';
import {innermost, isWithin} from '../../../spec/paths.ts';
import type {GuestMount} from '../../guest/root/guest-tree.ts';
import {isOfOthers, ledFinder} from '../../guest/root/shared-mounts.ts';

/** Those of a container, as they are planned. */
interface Planned {
	readonly mounts: readonly GuestMount[];
}

/** What each kind that no plan looks into is to people. */
const unseen: Readonly<Partial<Record<GuestMount['kind'], string>>> = {image: 'the image', 'guest-bind': 'the guest-bind'};

/**
 * Refuses what libvirt would mount in an image or a guest-bind, or show of one: it does so by path while the host's own root is still in
 * sight, and no plan has seen where the links in there lead.
 */
export function requireNothingInUnseen({mounts}: Planned): void {
	if (!mounts.some(({kind}) => unseen[kind] !== undefined)) return;
	const targets = new Set(mounts.map(({target}) => target));
	const refuse = (path: string, what: string): void => {
		const others = mounts.filter(({target}) => target !== path);
		const around = innermost(others, path, ({target}) => target);
		const kind = around === undefined ? undefined : unseen[around.kind];
		if (around === undefined || kind === undefined) return;
		throw new ShellError('refused', `${path} lies in ${kind} at ${around.target}, whose links could lead elsewhere what is ${what} by that name`, {
			hint: `Choose a place outside ${around.target}, or a machine (--backend machine)`,
		});
	};
	for (const mount of mounts) {
		refuse(mount.target, 'mounted');
		if (mount.kind === 'guest-bind' && mount.cause !== undefined && !targets.has(mount.source)) refuse(mount.source, 'shown');
	}
}

/** It holds the sandbox's own. */
const ownPlace = '/run';

/** Whether a container has it only after `/run`: what lies there, and what shows something from there. */
export function comesAfterRun({target, shows}: {readonly target: string; readonly shows?: string | undefined}): boolean {
	return isWithin(target, ownPlace) || (shows !== undefined && isWithin(shows, ownPlace));
}

/**
 * Refuses what would be mounted after `/run` by a way that others may change: led to `/run`, it would lie above the sandbox's own pipes and
 * the program that begins it.
 */
export function requireRunUncovered({mounts}: Planned): void {
	for (const mount of mounts) {
		// Ours are where nobody else writes.
		if (mount.cause === undefined) continue;
		if (!comesAfterRun({target: mount.target, shows: mount.kind === 'guest-bind' ? mount.source : undefined})) continue;
		const around = mounts.find((other) => other !== mount && isOfOthers(other) && isWithin(mount.target, other.target));
		if (around === undefined) continue;
		throw new ShellError(
			'refused',
			`${mount.target} lies in what is mounted at ${around.target}: whoever writes there could lead it over all of ${ownPlace}`,
			{
				hint: isWithin(around.target, ownPlace)
					? `Mount ${around.target} outside of ${ownPlace}, or use a machine (--backend machine)`
					: `Mount ${mount.target} outside of ${around.target}, or use a machine (--backend machine)`,
			},
		);
	}
}

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
export function requireRamsInPlace({mounts}: Planned, caller: number): void {
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
