import {isWithin} from '../../spec/paths.ts';
import type {KnownMount} from './mount-table.ts';
import {mountTreeOf} from './mount-tree.ts';
import {realPath} from './real-path.ts';

/** A place of the host that no sandbox sees, and where in which file system it is: the host may have it mounted elsewhere as well. */
export interface UnseenPlace {
	/** Without links. */
	readonly path: string;
	/** As `254:0`. */
	readonly device: string;
	/** In the file system. */
	readonly inside: string;
}

/** Each is covered in every sandbox. Others than root could say where the temporary ones are: only root can. */
const covered = ['/dev', '/dev/shm', '/proc', '/run', '/sys'];
const temporary = ['/tmp', '/var/tmp'];
/** What is mounted in such a place is no part of it, and may be a disk that the host has elsewhere as well; memory is mounted for that place alone. */
const memory = /^(?:tmpfs|ramfs)$/;

/** Where those are that every sandbox has covered, and `closed`, in the file systems of a mount table. */
export function findUnseenPlaces(table: readonly KnownMount[], closed: readonly string[]): UnseenPlace[] {
	const paths = [...new Set([...covered, ...temporary.map((path) => realPath(path)), ...closed])];
	const tree = mountTreeOf(table);
	return [
		...paths.flatMap((path) => {
			const place = tree.placeOf(path);
			return place === undefined ? [] : {path, device: place.device, inside: place.path};
		}),
		...table.flatMap(({mountPoint, fileSystem, device, root}) =>
			memory.test(fileSystem) && paths.some((path) => isWithin(mountPoint, path)) ? {path: mountPoint, device, inside: root} : [],
		),
	];
}

/** Whether a mount shows a part of such a place, and not just where that is. */
export function showsUnseen({device, root, mountPoint}: KnownMount, unseen: readonly UnseenPlace[]): boolean {
	return unseen.some((place) => {
		if (place.device !== device) return false;
		if (isWithin(root, place.inside)) return !isWithin(mountPoint, place.path);
		return isWithin(place.inside, root) && place.path !== under(mountPoint, place.inside.slice(root === '/' ? 0 : root.length));
	});
}

function under(directory: string, rest: string): string {
	return `${directory === '/' ? '' : directory}${rest}`;
}
