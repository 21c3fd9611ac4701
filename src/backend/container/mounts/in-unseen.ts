import {ShellError} from '../../../core/errors.ts';
import {innermost} from '../../../spec/paths.ts';
import type {GuestMount} from '../../guest/root/guest-tree.ts';

/** What each kind that no plan looks into is to people. */
const unseen: Readonly<Partial<Record<GuestMount['kind'], string>>> = {image: 'the image', 'guest-bind': 'the guest-bind'};

/**
 * Refuses what libvirt would mount in an image or a guest-bind, or show of one: it does so by path while the host's own root is still in
 * sight, and no plan has seen where the links in there lead.
 */
export function requireNothingInUnseen({mounts}: {readonly mounts: readonly GuestMount[]}): void {
	if (!mounts.some(({kind}) => unseen[kind] !== undefined)) return;
	const targets = new Set(mounts.map(({target}) => target));
	const refuse = (path: string, what: string): void => {
		const others = mounts.filter(({target}) => target !== path);
		const around = innermost(others, path, ({target}) => target);
		const kind = around === undefined ? undefined : unseen[around.kind];
		if (around === undefined || kind === undefined) return;
		throw new ShellError('refused', `${path} lies in ${kind} at ${around.target}, whose links could lead elsewhere what is ${what} by that name`, {
			hint: `Choose a place outside ${around.target}, or a machine (--backend machine)`,
		});
	};
	for (const mount of mounts) {
		refuse(mount.target, 'mounted');
		if (mount.kind === 'guest-bind' && mount.cause !== undefined && !targets.has(mount.source)) refuse(mount.source, 'shown');
	}
}
