import type {KnownMount} from './mount-table.ts';

/** What lies at a path: what is mounted there or around it, and which place of that file system it is. */
export interface MountedPlace {
	readonly mount: KnownMount;
	readonly device: string;
	/** In the file system. */
	readonly path: string;
}

/** Of which the kernel says `/`, whatever part of its file system it shows: of NFS. */
export function isPartless({fileSystem}: Pick<KnownMount, 'fileSystem'>): boolean {
	return /^nfs\d*$/.test(fileSystem);
}

/** A mount table by which a path can be followed. */
export interface MountTree {
	/** Where a path without links leads, mount by mount as the kernel goes; `beneath`: as if that mount were not there. Undefined: the table has no root. */
	placeOf(path: string, beneath?: KnownMount): MountedPlace | undefined;
}

/** Makes a tree of a mount table of one process. */
export function mountTreeOf(table: readonly KnownMount[]): MountTree {
	const ids = new Set(table.map(({id}) => id));
	const root = table.find(({id, parent, mountPoint}) => mountPoint === '/' && (parent === id || !ids.has(parent)));
	const inside = new Map(table.map((mount) => [`${mount.parent} ${mount.mountPoint}`, mount]));
	return {
		placeOf(path, beneath) {
			if (root === undefined) return undefined;
			let mount = root;
			for (const at of stationsOf(path)) {
				for (;;) {
					const next = inside.get(`${mount.id} ${at}`);
					if (next === undefined || next === mount || next === beneath) break;
					mount = next;
				}
			}
			const rest = mount.mountPoint === '/' ? path : path.slice(mount.mountPoint.length);
			return {mount, device: mount.device, path: `${mount.root === '/' ? '' : mount.root}${rest === '/' ? '' : rest}` || '/'};
		},
	};
}

/** The directories on the way to a path, the root first and itself last. */
function stationsOf(path: string): string[] {
	const stations = ['/'];
	for (let end = path.indexOf('/', 1); end > 0; end = path.indexOf('/', end + 1)) stations.push(path.slice(0, end));
	if (path !== '/') stations.push(path);
	return stations;
}
