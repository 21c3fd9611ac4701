import {lstatSync, statfsSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {ifThere} from './if-there.ts';
import {placesOf} from './places-of.ts';
import {lstatWithin, mostLinks, readlinkWithin} from './root-directory.ts';

/** Where the way to a place of the host comes out. */
export interface Way {
	readonly place: string;
	/** Where the links on it are, each without links itself. */
	readonly links: readonly string[];
}

/**
 * Goes the way to a place that a user has named, link by link. Refuses what lies on a file system that another user's program answers for
 * (FUSE), before anybody asks that: it may take its time for ever, and whoever has asked cannot even be killed. libvirtd would wait with
 * it, and all sandboxes with that. And what a magic link leads to, of which no text says where that is, but for files that this process has
 * open itself. What is not there keeps its name, which is told by whoever looks for it.
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
		// The kernel follows no more of them either.
		if (links.length > mostLinks) {
			throw new ShellError('refused', `More than ${mostLinks} links are on the way to ${named}, as ${here}`, {
				hint: 'Do they lead round in a circle? Name the place itself',
			});
		}
		const to = isMagic(at) ? whatIsOpen(here, named) : readlinkWithin('', here);
		if (to === undefined) return {place: named, links};
		if (!to.isWellFormed()) {
			throw new ShellError('refused', `${named} leads by the link ${here} to a name that holds bytes that are not UTF-8`, {
				hint: 'No document of libvirt can hold them: use another name',
			});
		}
		rest.push(...to.split('/').toReversed());
		if (to.startsWith('/')) at = '/';
	}
	return {place: at, links};
}

const procfs = 0x9fa0;
/** Of the directory that is mounted, whose links (`self`, `mounts`) are ordinary ones. */
const procfsTop = 1;

/** Whether links in a directory lead to what they stand for itself, wherever that is, as those of processes do: to their roots, directories and files. */
function isMagic(directory: string): boolean {
	return ifThere(() => statfsSync(directory).type === procfs && lstatSync(directory).ino !== procfsTop) === true;
}

/** Where a file lies that a magic link says this process has open; undefined: it lies nowhere, as a pipe. */
function whatIsOpen(link: string, named: string): string | undefined {
	const own = new RegExp(`^/proc/${process.pid}/(?:task/\\d+/)?fd/(\\d+)$`).exec(link)?.[1];
	if (own !== undefined) return ifThere(() => placesOf('self')(Number(own)));
	throw new ShellError('refused', `The way to ${named} leads by ${link}, a link of a process, which may lead elsewhere than it says`, {
		hint: 'Name the place itself, not by a link of /proc',
	});
}
