import {ShellError} from '../../../core/errors.ts';
import {isWithin} from '../../../spec/paths.ts';
import type {Hide} from '../../../spec/types.ts';
import {coverOf, kindAt, walk, without, type GuestMount, type GuestTree} from './guest-tree.ts';
import {requireFirmWay, requireOpen} from './locate-in-root.ts';

/** What hides a place of a guest that has all its other mounts, with the links on the way to it followed. */
export function planHide(guest: GuestTree, mount: Hide): GuestMount {
	const {target, found, links} = walk(guest, mount.target);
	requireOpen(mount.target, target);
	requireFirmWay(guest, {path: mount.target, target, links});
	if (found !== 'there') {
		throw new ShellError('not-found', `The sandbox has no ${mount.target} to hide`, {hint: 'Look at the path; without the hide it is not there either'});
	}
	const inside = [...guest.mounts.values()].find(({target: other, cause}) => cause !== undefined && isWithin(other, target));
	if (inside !== undefined) {
		throw new ShellError('refused', `${inside.target}, where something is mounted, would be hidden by hide:${mount.target}`, {
			hint: `Leave one of them out; a small ram (ram:${mount.target}=64K,ro) shows what is mounted in it, and nothing else`,
		});
	}
	const kind = kindAt(guest, target);
	if (kind === undefined) {
		const message = `What lies in ${coverOf(guest, target)?.target ?? target} is not looked into, so ${mount.target} cannot be hidden in it`;
		throw new ShellError('refused', message, {hint: 'Hide all that is mounted there, or mount what is to be seen one by one'});
	}
	return {kind: 'hide', target, of: kind === 'directory' ? 'directory' : 'file', readonly: true, cause: mount};
}

/** Refuses to show at a second place what is hidden, or lies around that: the second place would show what is below. */
export function requireShown(guest: GuestTree, source: string): void {
	const hidden = [...guest.mounts.values()].find(
		(mount) =>
			(mount.kind === 'hide' && (isWithin(mount.target, source) || isWithin(source, mount.target))) ||
			(mount.target !== source && isWithin(mount.target, source) && hidesSomething(guest, mount)),
	);
	if (hidden === undefined) return;
	throw new ShellError('refused', `A guest-bind of ${source} would show ${hidden.target}, which is hidden`, {
		hint: 'Show what lies beside it, one by one, or leave one of them out',
	});
}

/** Whether something of the host lies beneath a mount, other than a part of the root that is the same there. */
function hidesSomething(guest: GuestTree, {target, cause, kind}: GuestMount): boolean {
	if (cause === undefined && kind === 'bind') return false;
	const beneath = without(guest, target);
	return coverOf(beneath, target)?.kind === 'bind' && kindAt(beneath, target) !== undefined;
}
