import {ShellError} from '../../../core/errors.ts';
import {isWithin} from '../../../spec/paths.ts';
import type {GuestBind} from '../../../spec/types.ts';
import {coverOf, kindAt, walk, type GuestTree} from './guest-tree.ts';
import {requireOpen} from './locate-in-root.ts';
import {requireShown} from './plan-hide.ts';
import {requireSameKind, type FileKind} from './mount-kinds.ts';
import {isOfOthers} from './shared-mounts.ts';

/** A guest-bind that is to be checked. */
export interface ShownPlace {
	readonly mount: GuestBind;
	readonly target: string;
	readonly kind: FileKind | undefined;
	/** Whether its mount point is made for it, at the top level. */
	readonly isNew: boolean;
}

/** Checks a guest-bind once it is known what the guest has, and takes the links out of its source; a file's mount point is a file. */
export function checkShown(guest: GuestTree, {mount, target, kind, isNew}: ShownPlace): void {
	const {source, kind: brought} = requireGuestSource(guest, mount, target);
	requireSameKind(mount, kind, brought);
	const planned = guest.mounts.get(target);
	if (planned?.kind === 'guest-bind' && planned.cause === mount) guest.mounts.set(target, {...planned, source});
	const path = target.slice(1);
	if (isNew && brought !== undefined && brought !== 'directory') guest.top.set(path, {kind: 'file', path});
}

/** The source of a guest-bind is in the guest, or libvirt makes it for another mount; gives where that is, and what. */
function requireGuestSource(guest: GuestTree, {source, readonly}: GuestBind, at: string): {readonly source: string; readonly kind: FileKind | undefined} {
	const {target, found, links} = walk(guest, source);
	// What lies there is seen by no plan: links of the kernel's own lead on from it, to the host too.
	if (target !== source && target !== '') requireOpen(source, target, 'Choose another source');
	if (isWithin(target, at)) {
		throw new ShellError('refused', `A guest-bind at ${at} would hide its own source ${source}`, {hint: 'Choose a target that does not hold the source'});
	}
	const shown = coverOf(guest, target);
	if (shown?.kind === 'guest-bind') {
		throw new ShellError('refused', `${source} lies in what the guest-bind at ${shown.target} shows`, {
			hint: `Name it where it is, as ${shown.source}${target.slice(shown.target.length)}`,
		});
	}
	requireShown(guest, target);
	const places = [source, target, ...links];
	const around = [...guest.mounts.values()].find(
		(mount) => isOfOthers(mount) && mount.target !== target && places.some((path) => isWithin(path, mount.target)),
	);
	if (around !== undefined) {
		// libvirt looks for the source while the host's own root is still in sight.
		throw new ShellError('refused', `${source} lies in what is mounted at ${around.target}: whoever writes there could lead the guest-bind elsewhere`, {
			hint:
				shown?.kind === 'bind' && isOfOthers(shown)
					? `Show the same by host-bind:${at}=${shown.source}${target.slice(shown.target.length)}${readonly || shown.readonly ? ',ro' : ''}`
					: `Show ${around.target} itself, or a place outside of it`,
		});
	}
	if (found === 'there') return {source: target || '/', kind: kindAt(guest, target)};
	throw new ShellError('not-found', `The sandbox has no ${source} to show at a second place`, {
		hint:
			found === 'made'
				? 'What is mounted there is empty at the start: name the mount itself'
				: 'A guest-bind takes a path of the sandbox; one of the host is a host-bind',
	});
}
