import {ShellError} from '../../../core/errors.ts';
import {reservedDirectory} from '../../../spec/validate-spec.ts';
import {coverOf, treeOf, walk, type GuestMount, type GuestTree} from './guest-tree.ts';
import type {RootPlan} from './root-plan.ts';

/** A place of the guest with the links on the way followed, as far as the host shows them. */
interface Place {
	readonly target: string;
	/** The innermost mount that holds it; undefined: the skeleton itself. */
	readonly mount: GuestMount | undefined;
	/** A link that was followed and lies where sandboxes may write. */
	readonly loose: string | undefined;
	/** Whether the host has something there; unknown below what is mounted from elsewhere. */
	readonly exists: boolean;
}

/** Where a path of the guest leads that something is to be copied to; refused where that belongs to the sandbox itself, or a sandbox could have said so. */
export function locateForCopy(root: RootPlan, path: string): Place {
	const place = locateInRoot(root, path);
	requireOpen(path, place.target);
	requireNoLoose(place.loose, path, place.target);
	return place;
}

/** Refuses a place that is reached by a link which a sandbox could change. */
export function requireFirmWay(
	guest: GuestTree,
	{path, target, links}: {readonly path: string; readonly target: string; readonly links: readonly string[]},
): void {
	requireNoLoose(looseOf(guest, links), path, target);
}

function requireNoLoose(loose: string | undefined, path: string, target: string): void {
	if (loose === undefined) return;
	const message = `The way to ${path} leads by the link ${loose}, which lies in what is mounted writable: whoever writes there decides where it leads`;
	throw new ShellError('refused', message, {hint: `Name the place itself: ${target}`});
}

function looseOf(guest: GuestTree, links: readonly string[]): string | undefined {
	return links.find((link) => {
		const cover = coverOf(guest, link);
		return cover?.kind === 'bind' && !cover.readonly;
	});
}

/** Where a path of the guest leads, and in which mount. */
export function locateInRoot(root: RootPlan, path: string): Place {
	const guest = treeOf(root);
	const {target, found, links} = walk(guest, path);
	return {target, mount: coverOf(guest, target), loose: looseOf(guest, links), exists: found === 'there'};
}

/** Refuses a place that links of the root lead to and that belongs to the sandbox itself: nothing is mounted there, copied to it or shown from it. */
export function requireOpen(path: string, target: string, hint = 'Choose another place in the sandbox'): void {
	const reserved = target === '' ? '/' : reservedDirectory(target);
	if (reserved === undefined) return;
	throw new ShellError('refused', `Links of the root lead from ${path} to ${target || '/'}, which belongs to the sandbox itself`, {hint});
}
