import {chmodSync, constants, copyFileSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Mount} from '../../spec/types.ts';
import {temporaryBase, type StateDirectory} from '../guest/state/state-directory.ts';

interface TemporaryPlan {
	/** Mounts whose source is a temporary directory, in order. */
	readonly temporary: readonly Mount[];
}

/** The paths of the temporary directories of a plan, in its order. */
export function temporaryPaths({temporary}: TemporaryPlan, id: string): string[] {
	return temporary.map((_, index) => join(temporaryBase(id), String(index)));
}

/** Who may get at temporary directories. */
interface TemporaryAccess {
	/** Lets the guest get through the directory that holds them, which is ours alone. */
	open(base: string): void;
	/** Gives one of them to the guest's user. */
	give(path: string): void;
}

/** Makes the temporary directories of a plan; gives their paths. */
export function makeTemporaryDirectories(plan: TemporaryPlan, {id, path: statePath}: StateDirectory, {open, give}: TemporaryAccess): readonly string[] {
	const paths = temporaryPaths(plan, id);
	if (paths.length === 0) return [];
	const base = temporaryBase(id);
	mkdirSync(base, {mode: 0o700});
	// They may outlive the state directory, which a reboot empties: `clean` still has to know whose they were.
	copyFileSync(join(statePath, 'owner'), join(base, 'owner'), constants.COPYFILE_EXCL);
	open(base);
	for (const path of paths) {
		mkdirSync(path);
		chmodSync(path, 0o755);
		give(path);
	}
	return paths;
}
