import {closeSync, fstatSync, lstatSync, renameSync, rmdirSync, unlinkSync, type Stats} from 'node:fs';
import {isCode} from '../../../core/is-code.ts';
import {randomHex} from '../../host/random.ts';
import type {RemovalProgress} from './removal-progress.ts';
import {awaitFree, below, clockOf, cutAndUnlink, enter, entriesOf, isEmptyFile, openUp} from './tree-entries.ts';

/** What lies deeper is moved to the top and left for the next time, as are further directories of one: what a guest makes costs us little memory. */
const mostLevels = 4096;
const mostNames = 65_536;
/** Of a stat. */
const blockBytes = 512;

/** What of a tree is left, and how it looks. */
interface Left {
	/** There was more than is removed in one go. */
	readonly isForLater: boolean;
	/** Why the last part of it could not be removed. */
	readonly trouble: unknown;
}

/** What is removed of a tree; `cut`: all, and of its files nothing is left for whoever has them open. */
export type Extent = 'all' | 'cut' | 'empty';

interface Walk {
	/** Default: all. */
	readonly extent?: Extent;
	/** Is told what was removed. */
	readonly progress?: RemovalProgress;
	/** Whether a directory that has the name is the one that is to go, and not another's by now. */
	readonly isIt?: (stats: Stats) => boolean;
}

interface Level {
	/** As it was found. */
	readonly stats: Stats;
	/** Its directories that are not empty. A byte a character. */
	readonly names: string[];
}

/**
 * Goes through a tree once and removes it, a step an entry; gives what is left, undefined where nothing is. Whoever has a descriptor of a
 * directory in it may change it meanwhile. So an entry is removed by a descriptor of the directory that it is in, which was opened as
 * no link, by that of the one above it; and the way back, `..`, counts only where it leads to that one. A directory that something is
 * mounted on does not count as one that is not empty, so it is not entered. Once it is removed its name is anybody's: what is not the one
 * is let be.
 */
export function* goThroughTree(path: string, {extent = 'all', progress, isIt = () => true}: Walk = {}): Generator<undefined, Left | undefined, void> {
	const place = Buffer.from(path);
	const going = new Going(extent, progress);
	const root = lstatSync(place, {throwIfNoEntry: false});
	if (root === undefined || !isIt(root)) return undefined;
	if (root.isDirectory()) awaitFree(place, isIt);
	const is = going.remove(place, !root.isDirectory());
	if (is !== 'full') return is === 'gone' ? undefined : going.left(place);
	const top = enter(place, isIt);
	if (top === undefined) return undefined;
	let here = top;
	try {
		progress?.begin(clockOf(top));
		const stats = fstatSync(top);
		const {dev} = stats;
		const onWay = new Set([stats.ino]);
		const levels: Level[] = [{stats, names: yield* going.clear(top)}];
		for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
			const name = level.names.at(-1);
			let next: number | undefined;
			if (name === undefined) {
				levels.pop();
				onWay.delete(level.stats.ino);
				const above = levels.at(-1);
				if (above === undefined) break;
				next = enter(below(here, '..'), (found) => found.dev === dev && found.ino === above.stats.ino);
				// It was moved: what is around it may be anything.
				if (next === undefined) {
					going.isLed();
					break;
				}
				going.remove(below(next, above.names.pop() ?? ''), false, level.stats);
				yield;
			} else {
				next = enter(below(here, name), (found) => found.dev === dev && !onWay.has(found.ino));
				if (next === undefined || levels.length === mostLevels) {
					level.names.pop();
					if (next !== undefined) going.moveUp(next, below(here, name), top);
					yield;
					continue;
				}
			}
			if (here !== top) closeSync(here);
			here = next;
			if (name === undefined) continue;
			const entered = fstatSync(here);
			onWay.add(entered.ino);
			levels.push({stats: entered, names: yield* going.clear(here)});
		}
	} finally {
		if (here !== top) closeSync(here);
		closeSync(top);
	}
	return going.remove(place) === 'gone' ? undefined : going.left(place);
}

/** One time through a tree: removes single entries, and knows what it could not. */
class Going {
	readonly #extent: Extent;
	readonly #progress: RemovalProgress | undefined;
	#isForLater = false;
	#isLed = false;
	#trouble: unknown;

	constructor(extent: Extent, progress: RemovalProgress | undefined) {
		this.#extent = extent;
		this.#progress = progress;
	}

	/** What is left of the tree at this place. */
	left(place: Buffer): Left | undefined {
		return lstatSync(place, {throwIfNoEntry: false}) === undefined ? undefined : {isForLater: this.#isForLater && !this.#isLed, trouble: this.#trouble};
	}

	/** Somebody moves directories meanwhile: what is left is not left by us. */
	isLed(): void {
		this.#isLed = true;
	}

	/** Removes an entry; `full`: it is a directory that is not empty. `stats`: how it was found. */
	remove(place: Buffer, isFile = false, stats?: Stats): 'gone' | 'full' | 'there' {
		const found = stats ?? (this.#progress?.isAsking === true ? lstatSync(place, {throwIfNoEntry: false}) : undefined);
		const is = this.#take(place, isFile);
		if (is === 'gone') this.#progress?.went(found?.nlink === 1 ? found.blocks * blockBytes : 0);
		if (is === 'gone' && found !== undefined) this.#progress?.removed(found);
		else if (is === 'full' && found !== undefined) this.#progress?.full(found);
		return is;
	}

	#take(place: Buffer, isFile: boolean): 'gone' | 'full' | 'there' {
		if (isFile && this.#try(() => this.#unlink(place))) return 'gone';
		try {
			rmdirSync(place);
			return 'gone';
		} catch (error) {
			if (isCode(error, 'ENOTEMPTY') || isCode(error, 'EEXIST')) return 'full';
			if (isCode(error, 'ENOTDIR')) return this.#try(() => this.#unlink(place)) ? 'gone' : 'there';
			this.#note(error);
			return 'there';
		}
	}

	/** Removes what lies in a directory, but the directories that are not empty: gives those. */
	*clear(directory: number): Generator<undefined, string[], void> {
		const names: string[] = [];
		this.#try(() => openUp(directory));
		try {
			for (const entry of entriesOf(directory)) {
				if (this.remove(below(directory, entry.name), !entry.isDirectory()) === 'full') names.push(entry.name);
				if (names.length === mostNames) {
					this.#isForLater = true;
					break;
				}
				yield;
			}
		} catch (error) {
			this.#note(error);
		}
		return names;
	}

	/** Leaves a directory for the next time, at the top. */
	moveUp(directory: number, place: Buffer, top: number): void {
		this.#try(() => openUp(directory));
		closeSync(directory);
		if (this.#try(() => renameSync(place, below(top, randomHex(8))))) this.#isForLater = true;
	}

	#unlink(place: Buffer): void {
		if (this.#extent === 'cut') cutAndUnlink(place);
		else if (this.#extent === 'all' || isEmptyFile(place)) unlinkSync(place);
	}

	#try(work: () => void): boolean {
		try {
			work();
			return true;
		} catch (error) {
			this.#note(error);
			return false;
		}
	}

	#note(error: unknown): void {
		if (!isCode(error, 'ENOENT')) this.#trouble = error;
	}
}
