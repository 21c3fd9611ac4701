import {ShellError} from '../../core/errors.ts';
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

/** The place that is named where something of it is left. */
export function nameOf({path, temporary}: Pick<LeftoverFiles, 'path' | 'temporary'>): string {
	return temporary[0] ?? path ?? '';
}

/** Somebody may hold up a process that removes something, for ever. */
export class Held extends ShellError {
	constructor(files: Pick<LeftoverFiles, 'path' | 'temporary'>, reason: string) {
		super('unavailable', `Cannot remove ${nameOf(files)}: ${reason}`, {
			hint: 'Somebody may keep a directory of it locked, `kill -9` or not; once they let go, `virt-sandbox --clean` removes what is left',
		});
	}
}

/** Removes it in this process. */
export async function removeHere({path, temporary}: Omit<LeftoverFiles, 'id'>, bounds: RemovalBounds): Promise<void> {
	if (path !== undefined) return removeStateDirectory(path, temporary, bounds);
	for (const directory of temporary) await removeTemporary(directory, bounds);
}
