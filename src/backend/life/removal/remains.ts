import {lstatIfThere} from '../../host/firm-way.ts';
import {removeTree, type RemovalBounds} from '../../guest/remove-tree.ts';
import {removeStateDirectory} from '../../guest/state-directory.ts';

/** What is left of a sandbox that is over. */
export interface Remains {
	readonly id: string;
	/** Its state directory; undefined: there is none that is ours. */
	readonly path: string | undefined;
	/** Directories elsewhere that go with it. */
	readonly temporary: readonly string[];
}

/** Removes it in this process. A temporary directory has gone where something of another user's has its name. */
export async function removeHere({path, temporary}: Omit<Remains, 'id'>, bounds: RemovalBounds): Promise<void> {
	const own = temporary.filter((directory) => lstatIfThere(directory)?.uid === process.geteuid?.());
	if (path !== undefined) return removeStateDirectory(path, own, bounds);
	for (const directory of own) await removeTree(directory, bounds);
}
