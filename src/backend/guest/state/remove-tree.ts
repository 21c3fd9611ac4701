import type {Stats} from 'node:fs';
import {setImmediate as giveTurn} from 'node:timers/promises';
import {clockMs} from '../../../core/clock-ms.ts';
import {ShellError} from '../../../core/errors.ts';
import {goThroughTree, type Extent} from './go-through-tree.ts';
import {RemovalProgress} from './removal-progress.ts';

/** After so long the others of this process have their turn. */
const sliceMs = 20;
/** How often a tree that somebody changes meanwhile is gone through. */
const mostTries = 8;

/** How long a removal may go on. */
export interface RemovalBounds {
	/** Gives it up, where it takes long. */
	readonly signal?: AbortSignal | undefined;
	/** How long it may get nowhere, since somebody goes on filling the tree, in ms of its own work. */
	readonly mostVainMs?: number;
}

interface RemovalOptions {
	/** `cut`: see Extent; for what nobody but us has made. */
	readonly extent?: Exclude<Extent, 'empty'>;
	/** Where others may give a directory of theirs the name once it is free. */
	readonly isOurs?: (stats: Stats) => boolean;
	/** What the directory is called in an error. */
	readonly name?: string;
}

/**
 * Removes a directory with all that a guest may have put into it, by no link, and not through mounts. One that is gone already is fine. The
 * guest's end need not have been the last of it: whoever was handed a descriptor of a directory may go on changing what is in it, and filling
 * it: a large tree takes its time, one that gets no smaller is left.
 */
export async function removeTree(
	path: string,
	{signal, mostVainMs}: RemovalBounds = {},
	{extent, isOurs = () => true, name = path}: RemovalOptions = {},
): Promise<void> {
	const progress = new RemovalProgress(mostVainMs);
	let first: Stats | undefined;
	const isIt = (stats: Stats): boolean => {
		if (first === undefined && isOurs(stats)) first = stats;
		return first?.dev === stats.dev && first.ino === stats.ino;
	};
	let since = clockMs();
	let cause: unknown;
	for (let tries = 0; tries < mostTries;) {
		const steps = goThroughTree(path, {progress, isIt, ...(extent !== undefined && {extent})});
		let step = steps.next();
		for (; step.done !== true; step = steps.next()) {
			const passedMs = clockMs() - since;
			if (passedMs < sliceMs) continue;
			const getsOn = progress.getsOn(passedMs);
			if (getsOn) await giveTurn();
			if (!getsOn || signal?.aborted === true) {
				steps.return(undefined);
				throw getsOn ? givenUp(name, signal?.reason) : progress.isHeldUp ? heldUp(name) : filled(name);
			}
			since = clockMs();
		}
		if (step.value === undefined) return;
		cause = step.value.trouble;
		if (!step.value.isForLater) tries++;
	}
	throw new ShellError('unavailable', `Cannot remove ${name}`, {
		hint: 'Somebody may still have it open, or something is mounted or left in it: `virt-sandbox --clean` removes it later',
		cause,
	});
}

/** Why a removal was not waited for. */
export function givenUp(path: string, cause: unknown): ShellError {
	return new ShellError('unavailable', `The removal of ${path} was given up`, {hint: '`virt-sandbox --clean` goes on with it', cause});
}

function filled(path: string): ShellError {
	return new ShellError('unavailable', `Cannot remove ${path}: somebody keeps filling it`, {
		hint: 'Some process has a directory of it open: once that has ended, `virt-sandbox --clean` removes it',
	});
}

function heldUp(path: string): ShellError {
	return new ShellError('unavailable', `Cannot remove ${path}: somebody keeps holding the removal up`, {
		hint: 'Some process keeps a directory of it locked now and then: once that has ended, `virt-sandbox --clean` removes it',
	});
}

/** Removes of a tree only what is empty, as far as that goes: a mount that was left in it by accident never costs a host file. */
export function removeEmptyTree(path: string): void {
	for (let isForLater = true; isForLater;) {
		const steps = goThroughTree(path, {extent: 'empty'});
		let step = steps.next();
		while (step.done !== true) step = steps.next();
		isForLater = step.value?.isForLater === true;
	}
}
