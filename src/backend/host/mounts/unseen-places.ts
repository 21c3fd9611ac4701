import {isWithin} from '../../../spec/paths.ts';
import {realPath} from '../files/real-path.ts';
import type {ClosedPlace} from './closed-places.ts';
import type {KnownMount} from './mount-table.ts';
import {mountTreeOf} from './mount-tree.ts';

/** A place of the host that no sandbox sees, and where in which file system it is: the host may have it mounted elsewhere as well. */
export interface UnseenPlace {
	/** Without links. */
	readonly path: string;
	/** As `254:0`. */
	readonly device: string;
	/** In the file system. */
	readonly inside: string;
	/** Where in the path a user's home ends: what shows more than such a place is seen without it. */
	readonly home: string | undefined;
}

/** Each is covered in every sandbox. Others than root could say where the temporary ones are: only root can. */
const covered = ['/dev', '/dev/shm', '/proc', '/run', '/sys'];
const temporary = ['/tmp', '/var/tmp'];
/** What is mounted in such a place is no part of it, and may be a disk that the host has elsewhere as well; memory is mounted for that place alone. */
const memory = /^(?:tmpfs|ramfs)$/;

/** Where those are that every sandbox has covered, and `closed`, in the file systems of a mount table. */
export function findUnseenPlaces(table: readonly KnownMount[], closed: ReadonlyArray<Pick<ClosedPlace, 'path' | 'home'>>): UnseenPlace[] {
	const always = [...covered, ...temporary.map((path) => realPath(path))];
	const paths = new Map([...closed.map(({path, home}) => [path, home] as const), ...always.map((path) => [path, undefined] as const)]);
	const tree = mountTreeOf(table);
	return [
		...[...paths].flatMap(([path, home]) => {
			const place = tree.placeOf(path);
			return place === undefined ? [] : {path, device: place.device, inside: place.path, home};
		}),
		...table.flatMap(({mountPoint, fileSystem, device, root}) =>
			memory.test(fileSystem) && [...paths.keys()].some((path) => isWithin(mountPoint, path))
				? {path: mountPoint, device, inside: root, home: undefined}
				: [],
		),
	];
}

/** Whether a mount shows a part of such a place, and not just where that is, nor a user's beside what else it shows. */
export function showsUnseen({device, root, mountPoint}: KnownMount, unseen: readonly UnseenPlace[]): boolean {
	return unseen.some((place) => {
		if (place.device !== device) return false;
		if (isWithin(root, place.inside)) return !isWithin(mountPoint, place.path);
		return place.home === undefined && isWithin(place.inside, root) && place.path !== placeIn({root, mountPoint}, place);
	});
}

/** Where mounts show places of users once more: closed as those are, and nobody has looked there either. */
export function findSecondPlaces(table: readonly KnownMount[], unseen: readonly UnseenPlace[]): ClosedPlace[] {
	return unseen.flatMap((place) => {
		const {home} = place;
		if (home === undefined) return [];
		const shown = table.filter(({device, root}) => device === place.device && root !== place.inside && isWithin(place.inside, root));
		return shown.flatMap((mount): ClosedPlace[] => {
			const path = placeIn(mount, place);
			if (path === place.path) return [];
			const end = path.length - (place.path.length - home.length);
			return [{path, always: false, isLoose: true, home: end > mount.mountPoint.length ? path.slice(0, end) : mount.mountPoint}];
		});
	});
}

/** Where a mount has a place of its file system. */
function placeIn({root, mountPoint}: Pick<KnownMount, 'root' | 'mountPoint'>, {inside}: Pick<UnseenPlace, 'inside'>): string {
	return `${mountPoint === '/' ? '' : mountPoint}${inside.slice(root === '/' ? 0 : root.length)}`;
}
