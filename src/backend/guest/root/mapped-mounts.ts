import {ShellError} from '../../../core/errors.ts';
import {innermost, isWithin} from '../../../spec/paths.ts';
import type {HostMount} from '../../host/mounts/mount-table.ts';
import type {GuestMount} from './guest-tree.ts';

/** Flags that a namespace of users may not take off a mount, and that libvirt does not repeat when it makes one read-only. */
const locked = ['nosuid', 'nodev', 'noexec'];
/** Without these no command runs. */
const programPlaces = ['/usr', '/bin'];

/**
 * Splits the mounts of a guest with mapped ids into those that libvirt can make as they are meant, and places that stay hidden.
 * libvirt goes on when it cannot make a mount read-only: what it would leave writable is not mounted, or refused when it was asked
 * for. A directory with mounts below it cannot be bound; `take-entries.ts` sees to those of the root.
 */
export function settleMapped(
	mounts: readonly GuestMount[],
	table: readonly HostMount[],
): {readonly mounts: readonly GuestMount[]; readonly hidden: readonly string[]} {
	const hidden: string[] = [];
	const kept = mounts.filter((mount) => {
		if (mount.kind === 'image') {
			throw new ShellError('refused', `With mapped ids the kernel mounts no image at ${mount.target}`, {
				hint: 'Mount it on the host and bind that, or leave the idmap out',
			});
		}
		if (mount.kind !== 'bind') return true;
		const {target, source, cause} = mount;
		const below = table.find(({mountPoint}) => mountPoint !== source && isWithin(mountPoint, source));
		if (cause !== undefined && below !== undefined) {
			throw new ShellError('refused', `With mapped ids ${source} cannot be mounted: ${below.mountPoint} is mounted below it`, {
				hint: 'Mount what is needed of it one by one, or leave the idmap out',
			});
		}
		if (!mount.readonly || canBeReadonly(source, table)) return true;
		if (cause !== undefined || programPlaces.includes(target)) {
			const [verb, cure] = cause === undefined ? ['shown', 'Choose a root on another file system'] : ['mounted', 'Bind it read-only on the host first'];
			const message = `With mapped ids ${source} cannot be ${verb} read-only: its file system is mounted ${locked.join(', ')} or some of these`;
			throw new ShellError('refused', message, {hint: `${cure}, or leave the idmap out`});
		}
		hidden.push(target);
		return false;
	});
	return {mounts: kept, hidden};
}

/** Whether libvirt can make what it binds from a place, without links, read-only for a guest with mapped ids. */
export function canBeReadonly(source: string, table: readonly HostMount[]): boolean {
	const cover = innermost(table, source, ({mountPoint}) => mountPoint);
	return cover === undefined || cover.readonly || !cover.flags.some((flag) => locked.includes(flag));
}
