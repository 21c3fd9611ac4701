import {ShellError} from '../../../core/errors.ts';
import {coverOf, treeOf} from '../../guest/root/guest-tree.ts';
import type {RootPlan} from '../../guest/root/root-plan.ts';
import {ledFinder} from '../../guest/root/shared-mounts.ts';

/**
 * Where a container has mounts that are not libvirt's to make. It mounts by path while the host's own root is still in sight, and makes
 * what is missing on the way: whoever may write to a directory on that way leads it anywhere on the host by a link. So these are mounted once
 * libvirt is done, by no link, before anything of the sandbox runs: what lies in a directory of the host that somebody named, as another
 * sandbox may have it too, or that others than root may change; and what lies in one of these, or shows it. `others`: of what is mounted
 * besides the plan's own.
 */
export function findLate(root: RootPlan, others: readonly string[] = []): ReadonlySet<string> {
	const guest = treeOf(root);
	const isLed = ledFinder(root.mounts, {user: 0, caller: 0});
	const late = new Set(others.filter(isLed));
	for (const mount of root.mounts) {
		const shows = mount.kind === 'guest-bind' && mount.cause !== undefined ? mount.source : undefined;
		const isShownLate = shows !== undefined && (isLed(shows) || isLed(coverOf(guest, shows)?.target ?? '/'));
		if (!isLed(mount.target) && !isShownLate) continue;
		if (mount.kind === 'image') {
			throw new ShellError('refused', `Others may write to where ${mount.target} lies, and would say where libvirt mounts the image ${mount.source}`, {
				hint: 'Mount it at a place of its own, as /image, or use a machine (--backend machine)',
			});
		}
		late.add(mount.target);
	}
	return late;
}
