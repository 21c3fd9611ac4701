import {dirname, join} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {isWithin} from '../../spec/paths.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {realPath} from '../host/real-path.ts';
import {lstatWithin, readlinkWithin} from '../host/root-directory.ts';

const mostLinks = 40;

/**
 * Refuses sources that the sandbox itself could have put something else in the place of, in an earlier run: a link on the way to one, which
 * lies in what it may write to, and an image there, whose owner libvirt sets by its name at the end, too.
 */
export function requireSteadySources({root, mounts, includes, disks}: Pick<SandboxSpec, 'root' | 'mounts' | 'includes' | 'disks'>): void {
	const writable = mounts.flatMap((mount) => {
		if (mount.type === 'overlay') return mount.upper === undefined ? [] : realPath(mount.upper);
		return mount.type === 'host-bind' && !mount.readonly && mount.source !== undefined ? realPath(mount.source) : [];
	});
	if (writable.length === 0) return;
	const images = [...mounts.flatMap((mount) => (mount.type === 'host-image' ? mount.source : [])), ...disks.map(({source}) => source)];
	const others = mounts.flatMap((mount) => (mount.type === 'host-bind' || mount.type === 'overlay' ? (mount.source ?? []) : []));
	for (const source of [root, ...images, ...others, ...includes.map(({host}) => host)]) {
		for (const link of linksTo(source)) {
			const directory = writable.find((each) => isWithin(link, each));
			if (directory === undefined) continue;
			throw new ShellError(
				'refused',
				`The way to ${source} leads by the link ${link}, and the sandbox may write to ${directory}: it says where that leads`,
				{
					hint: `Name the place itself: ${realPath(source)}`,
				},
			);
		}
	}
	for (const source of images) {
		const directory = writable.find((each) => isWithin(realPath(source), each));
		if (directory === undefined) continue;
		throw new ShellError('refused', `The image ${source} lies in ${directory}, which the sandbox may write to: it could put another file in its place`, {
			hint: 'Keep images outside of what is mounted writable',
		});
	}
}

/** Where the links are that a path leads by, each without links itself. */
function linksTo(path: string): string[] {
	const links: string[] = [];
	const rest = path.split('/').toReversed();
	let at = '/';
	while (rest.length > 0) {
		const name = rest.pop() ?? '';
		if (name === '..') at = dirname(at);
		if (name === '' || name === '.' || name === '..') continue;
		const here = join(at, name);
		if (lstatWithin('', here)?.isSymbolicLink() !== true) {
			at = here;
			continue;
		}
		links.push(here);
		// That the kernel follows no more of them either is told where it is opened.
		if (links.length > mostLinks) break;
		const to = readlinkWithin('', here) ?? '';
		rest.push(...to.split('/').toReversed());
		if (to.startsWith('/')) at = '/';
	}
	return links;
}
