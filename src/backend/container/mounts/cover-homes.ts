import {ShellError} from '../../../core/errors.ts';
import type {LooseCover} from '../../guest/root/cover-closed.ts';
import type {StartOptions} from '../../types.ts';
import {heldMs, heldUp} from '../../guest/root/held-homes.ts';
import type {Controller} from '../controller.ts';
import type {LateProcess} from './late-process.ts';

/** Places of one home, which are looked for together. */
export interface PlacesOfHome extends Pick<LooseCover, 'homes'> {
	readonly places: readonly string[];
}

/** Begins a process that covers places, in groups; `fixed`: and makes others read-only. */
export type PrepareCovers = (groups: ReadonlyArray<readonly string[]>, fixed?: readonly string[]) => LateProcess;

interface CoverContext {
	readonly controller: Controller | undefined;
	readonly prepare: PrepareCovers;
	readonly voice: StartOptions['voice'];
}

/** Covers homes in a container, one after the other, found in directories that root alone changes: whoever looks into them waits. */
export async function coverHomes(stuck: readonly PlacesOfHome[], {controller, prepare, voice}: CoverContext): Promise<void> {
	const covered: string[] = [];
	for (const {homes, places} of stuck) {
		let isCovered = false;
		for (const home of homes) {
			if (isCovered) break;
			isCovered = (await prepare([[home]]).begin(controller, heldMs.further)).kind === 'done';
			if (isCovered) covered.push(home);
		}
		if (isCovered) continue;
		throw new ShellError('refused', `Whoever looks for ${places.join(', ')} waits for ever, and no sandbox sees what is there`, {
			hint: heldUp,
		});
	}
	const names = [...new Set(covered)].join(', ');
	voice.notice('warning', 'home-covered', `The sandbox sees nothing of ${names}: whoever looks there waits for ever`, heldUp);
}
