import type {RemovalBounds} from '../guest/state/remove-tree.ts';
import {removeStateDirectory, removeTemporary} from '../guest/state/remove-state.ts';

/** What is left of a sandbox that is over. */
export interface LeftoverFiles {
	readonly id: string;
	/** Its state directory; undefined: there is none that is ours. */
	readonly path: string | undefined;
	/** Directories elsewhere that go with it. */
	readonly temporary: readonly string[];
}

/** Removes it in this process. */
export async function removeHere({path, temporary}: Omit<LeftoverFiles, 'id'>, bounds: RemovalBounds): Promise<void> {
	if (path !== undefined) return removeStateDirectory(path, temporary, bounds);
	for (const directory of temporary) await removeTemporary(directory, bounds);
}
