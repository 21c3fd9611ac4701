import type {RemovalBounds} from '../../guest/remove-tree.ts';
import type {Caller} from '../../types.ts';
import {leaveToClean} from '../unending.ts';
import {removeHere, type Remains} from './remains.ts';

/** Removes what is left of a sandbox that is over. A guest may have handed descriptors of its temporary directories to anybody: those are removed by a process that can be left behind. */
export async function removeRemains(remains: Remains, {program}: Pick<Caller, 'program'>, bounds: RemovalBounds): Promise<void> {
	if (program === undefined || remains.temporary.length === 0) return removeHere(remains, bounds);
	const {removeApart} = await import('./remove-apart.ts');
	// Before anybody can be held up there.
	if (remains.path !== undefined) leaveToClean(remains.path);
	await removeApart(remains, program, bounds);
}
