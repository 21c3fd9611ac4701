import {readlinkSync, type Stats} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {onceEach} from '../../../core/once.ts';
import {isRoots, lstatIfThere} from './firm-way.ts';

/** How far a path is root's. */
export interface RootsWay {
	/** Without links: all of the path, or as far as to a directory that others than root may change. */
	readonly path: string;
	/** Of that. */
	readonly stats: Stats;
	/** What of the path lies in such a directory, as `.config/libvirt`: nobody has looked for it. Undefined: nothing. */
	readonly beyond: string | undefined;
}

/**
 * Follows paths as far as they are root's: links that root has made are followed, and nobody looks into a directory that others may
 * change, as whoever asks there may wait for ever; nor at places where `mayEnter` says no. Undefined: it leads nowhere.
 */
export function followRoots(mayEnter: (place: string) => boolean): (path: string) => RootsWay | undefined {
	const busy = new Set<string>();
	const look = (path: string): RootsWay | undefined => {
		const above = path === dirname(path) ? undefined : follow(dirname(path));
		if (above?.beyond !== undefined) return {...above, beyond: join(above.beyond, basename(path))};
		if (above === undefined && path !== '/') return undefined;
		if (above !== undefined && !above.stats.isDirectory()) return undefined;
		if (above !== undefined && !isRoots(above.stats)) return {...above, beyond: basename(path)};
		const here = join(above?.path ?? '', path === '/' ? path : basename(path));
		const stats = mayEnter(here) ? lstatIfThere(here) : undefined;
		if (stats === undefined) return undefined;
		return stats.isSymbolicLink() ? follow(resolve(dirname(here), readlinkSync(here))) : {path: here, stats, beyond: undefined};
	};
	const follow = onceEach((path): RootsWay | undefined => {
		// By a link of its own.
		if (busy.has(path)) return undefined;
		busy.add(path);
		try {
			return look(path);
		} finally {
			busy.delete(path);
		}
	});
	return follow;
}
