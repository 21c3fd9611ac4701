import {closeSync, lstatSync, readdirSync, rmdirSync, rmSync} from 'node:fs';
import {ShellError} from '../../../core/errors.ts';
import {isCode} from '../../../core/is-code.ts';
import {pathOf} from '../../host/files/open-in-place.ts';
import {isOursAlone, isOwnFile} from '../../host/files/own-directory.ts';
import {temporaryName} from '../../host/files/replace-file.ts';
import {removeEmptyTree, removeTree, type RemovalBounds} from './remove-tree.ts';
import {recordName} from './state-directory.ts';
import {enter} from './tree-entries.ts';

const mostTries = 3;

/** Removes a temporary directory. Anybody may give a directory its name as soon as it has gone, one of root's too that they may only move: that is left. */
export function removeTemporary(path: string, bounds: RemovalBounds): Promise<void> {
	const user = process.geteuid?.();
	return removeTree(path, bounds, {isOurs: (stats) => stats.uid === user && isOursAlone(stats)});
}

/**
 * Removes a state directory and what goes with it; one that is gone already is fine. Of the skeleton only what is empty goes: a mount that
 * was left in it by accident never costs a host file. The rest is cut to nothing: it is in memory on most hosts, and a guest may have handed
 * over what it had open of it. A sandbox may have planted a link by its name, or on the way to it: so all goes by the directory that was
 * opened, which says by a record that it is one of ours.
 */
export async function removeStateDirectory(path: string, temporary: readonly string[] = [], bounds: RemovalBounds = {}): Promise<void> {
	const directory = enter(Buffer.from(path), isOursAlone);
	if (directory === undefined) {
		for (const each of temporary) await removeTemporary(each, bounds);
		if (lstatSync(path, {throwIfNoEntry: false}) !== undefined) throw cannotRemove(path);
		return;
	}
	try {
		const state = new State(path, directory);
		if (state.hasRecord()) await state.empty(temporary, bounds);
		state.remove();
	} finally {
		closeSync(directory);
	}
}

/** A state directory that goes, by a descriptor of it. */
class State {
	readonly #path: string;
	readonly #place: string;

	constructor(path: string, directory: number) {
		this.#path = path;
		this.#place = pathOf(directory);
	}

	hasRecord(): boolean {
		return isOwnFile(`${this.#place}/${recordName}`);
	}

	/** Removes all but the record. */
	async empty(temporary: readonly string[], bounds: RemovalBounds): Promise<void> {
		removeEmptyTree(`${this.#place}/root`);
		// Before what others may be filling still: little stays in memory then.
		await this.#removeParts(bounds);
		for (const each of temporary) await removeTemporary(each, bounds);
		// Who asks for the end of a sandbox notes that there, maybe while it goes.
		for (let tries = 0; tries < mostTries && this.#parts().length > 0; tries++) await this.#removeParts(bounds);
	}

	/** Removes the record, and the directory: last, and where nothing else is left, so that a removal that was cut off is found again. */
	remove(): void {
		// Its maker died while writing the record.
		const parts = this.#parts().filter((name) => name !== temporaryName(recordName));
		try {
			if (parts.length === 0) for (const name of [recordName, temporaryName(recordName)]) rmSync(`${this.#place}/${name}`, {force: true});
			rmdirSync(this.#path);
		} catch (error) {
			if (!isCode(error, 'ENOENT')) throw cannotRemove(this.#path, error);
		}
	}

	#parts(): string[] {
		return list(this.#place).filter((name) => name !== recordName);
	}

	async #removeParts(bounds: RemovalBounds): Promise<void> {
		for (const name of this.#parts().filter((each) => each !== 'root')) {
			// What a guest can have handed to others; a log that somebody reads is theirs to the end.
			const extent = name === 'io' ? 'cut' : 'all';
			await removeTree(`${this.#place}/${name}`, bounds, {extent, name: `${this.#path}/${name}`});
		}
	}
}

/** Nothing where it cannot be listed: its removal tells. */
function list(place: string): string[] {
	try {
		return readdirSync(place);
	} catch {
		return [];
	}
}

function cannotRemove(path: string, cause?: unknown): ShellError {
	const hint = 'See what is mounted or left in it, then run `virt-sandbox --clean`';
	return new ShellError('unavailable', `Cannot remove the state directory ${path}`, {hint, cause});
}
