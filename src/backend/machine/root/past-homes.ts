import {ShellError} from '../../../core/errors.ts';
import {safeText} from '../../../core/text.ts';
import {heldUp, mostHeld} from '../../guest/root/held-homes.ts';
import type {HostTree, TreeCover} from './host-tree.ts';

/** A tree that goes past homes of users who have whoever looks there wait. */
interface PastHomes {
	readonly tree: HostTree;
	/** What all of is covered, in the tree. */
	readonly homes: readonly string[];
}

/** Gives trees with ever more homes covered, as what puts them together waits at a mount; undefined: that is none of a home. */
export function homesPasser(): (tree: HostTree, at: HostTree['mounts'][number] | undefined) => PastHomes | undefined {
	const covered: string[] = [];
	let stuck = 0;
	return (tree, at) => {
		if (at?.kind !== 'cover' || at.ifThere !== true) return undefined;
		if (at.homes?.[0] === undefined)
			throw new ShellError('refused', `Whoever looks at ${inGuest(at.path)} waits for ever, and no machine sees what is there`, {hint: heldUp});
		// Once: what is left then are homes, each of which may have to make way for what is around it.
		const further = ++stuck === mostHeld ? tree.mounts.slice(tree.mounts.indexOf(at)).filter(({path}) => !covered.includes(path)) : [];
		const past = pastHomes(tree, new Map([at, ...further].flatMap(homeOf)));
		covered.push(...past.homes);
		return past;
	};
}

/** A place of the tree, as people know it. */
export function inGuest(path: string): string {
	return safeText(path.replace(/^root(?=\/)/, ''));
}

/** What may be covered instead of a mount of a tree, the innermost first. */
export function homesOf(mount: HostTree['mounts'][number] | undefined): readonly string[] {
	return (mount?.kind === 'cover' ? mount.homes : undefined) ?? [];
}

/** The home that may be covered instead, and what is around that. */
function homeOf(mount: HostTree['mounts'][number]): ReadonlyArray<readonly [home: string, around: readonly string[]]> {
	const [home, ...around] = homesOf(mount);
	return home === undefined ? [] : [[home, around]];
}

/** Instead of what is to be covered in them. */
function pastHomes({entries, mounts}: HostTree, homes: ReadonlyMap<string, readonly string[]>): PastHomes {
	const others = mounts.filter((mount) => !homes.has(homesOf(mount)[0] ?? ''));
	const covers = [...homes].map(([path, around]): TreeCover => ({kind: 'cover', path, of: 'any', ifThere: true, homes: around}));
	return {tree: {entries, mounts: [...others, ...covers]}, homes: [...homes.keys()]};
}
