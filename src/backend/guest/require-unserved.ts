import {ShellError} from '../../core/errors.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import type {HostMount} from '../host/mount-table.ts';
import {lookAt} from '../host/root-directory.ts';
import {isServedByOthers, keepsOff} from '../host/waiting-mounts.ts';

/**
 * Refuses what lies on a file system that another user's program answers for (FUSE), before anybody asks that: it may take its time for
 * ever, and whoever has asked cannot even be killed. libvirtd would wait with it, and all sandboxes with that.
 */
export function requireUnserved(spec: Pick<SandboxSpec, 'root' | 'mounts' | 'includes' | 'disks'>, mountTable: readonly HostMount[], caller: number): void {
	const served = mountTable.filter((mount) => isServedByOthers(mount, caller));
	if (served.length === 0) return;
	const isOpen = keepsOff(served);
	for (const source of sourcesOf(spec)) {
		let entered: string | undefined;
		lookAt(`${source}/.`, (place) => {
			if (!isOpen(place)) entered = place;
			return entered === undefined;
		});
		if (entered === undefined) continue;
		throw new ShellError(
			'refused',
			`A program of another user answers for what is mounted at ${entered} (FUSE), where ${source} lies: it could hold up libvirtd for all`,
			{
				hint: 'Copy it elsewhere first, or have root mount it',
			},
		);
	}
}

function sourcesOf({root, mounts, includes, disks}: Pick<SandboxSpec, 'root' | 'mounts' | 'includes' | 'disks'>): string[] {
	return [
		root,
		...mounts.flatMap((mount) => {
			if (mount.type === 'overlay') return [mount.source, mount.upper ?? []].flat();
			return mount.type === 'host-bind' || mount.type === 'host-image' ? (mount.source ?? []) : [];
		}),
		...includes.map(({host}) => host),
		...disks.map(({source}) => source),
	];
}
