import type {RemovalBounds} from '../guest/state/remove-tree.ts';
import type {Caller} from '../host/caller.ts';
import {removeHere, type LeftoverFiles} from './leftover-files.ts';

/** How what is left of a sandbox is removed. */
interface How extends RemovalBounds {
	/** Others may have directories of it open, and keep them locked: a process that can be left behind removes it. */
	readonly mayBeHeld: boolean;
}

/** Removes what is left of a sandbox that is over. */
export async function removeLeftoverFiles(files: LeftoverFiles, {program}: Pick<Caller, 'program'>, {mayBeHeld, ...bounds}: How): Promise<void> {
	if (program === undefined || !mayBeHeld) return removeHere(files, bounds);
	const {removeApart} = await import('./remove-apart.ts');
	await removeApart(files, program, bounds);
}
