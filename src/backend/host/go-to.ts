import {dirname, join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import type {HostMount} from './mount-table.ts';
import {lstatWithin, readlinkWithin} from './root-directory.ts';
import {isServedByOthers, keepsOff} from './waiting-mounts.ts';

const mostLinks = 40;

/** Where the way to a place of the host comes out. */
export interface Way {
	readonly place: string;
	/** Where the links on it are, each without links itself. */
	readonly links: readonly string[];
}

/**
 * Goes the way to a place that a user has named, link by link. Refuses what lies on a file system that another user's program answers for
 * (FUSE), before anybody asks that: it may take its time for ever, and whoever has asked cannot even be killed. libvirtd would wait with
 * it, and all sandboxes with that. What is not there keeps its name, which is told by whoever looks for it.
 */
export function goTo(named: string, mayAsk: (place: string) => boolean): Way {
	const links: string[] = [];
	const rest = named.split('/').toReversed();
	let at = '/';
	while (rest.length > 0) {
		const name = rest.pop() ?? '';
		if (name === '..') at = dirname(at);
		if (name === '' || name === '.' || name === '..') continue;
		const here = join(at, name);
		if (!mayAsk(here)) {
			throw new ShellError(
				'refused',
				`A program of another user answers for what is mounted at ${here} (FUSE), where ${named} lies: it could hold up libvirtd for all`,
				{hint: 'Copy it elsewhere first, or have root mount it'},
			);
		}
		const stats = lstatWithin('', here);
		if (stats === undefined) return {place: named, links};
		if (!stats.isSymbolicLink()) {
			at = here;
			continue;
		}
		links.push(here);
		const to = readlinkWithin('', here);
		// The kernel follows no more of them either.
		if (to === undefined || links.length > mostLinks) return {place: named, links};
		rest.push(...to.split('/').toReversed());
		if (to.startsWith('/')) at = '/';
	}
	return {place: at, links};
}

/** Whether a place may be asked by `user`, as far as that is about what is mounted there. */
export function mayBeAsked(mountTable: readonly HostMount[], user: number): (place: string) => boolean {
	return keepsOff(mountTable.filter((mount) => isServedByOthers(mount, user)));
}
