import {ShellError} from '../../../core/errors.ts';
import {pathDepth} from '../../../spec/paths.ts';
import {isTemporary, treeOf, type GuestMount, type GuestTree, type SkeletonEntry} from '../../guest/root/guest-tree.ts';
import type {StateDirectory} from '../../guest/state/state-directory.ts';
import {realPath} from '../../host/files/real-path.ts';
import type {StartOptions} from '../../types.ts';
import {programPlace} from '../../guest/program/program-place.ts';
import type {LaidMounts} from '../container-mounts.ts';
import type {ContainerPlan} from '../container-plan.ts';
import type {Controller} from '../controller.ts';
import {entriesIn} from './mount-points.ts';
import {lateProgram, type LateMount} from './late-program.ts';
import {changeMounts} from './change-mounts.ts';

interface LateContext {
	readonly mounts: LaidMounts;
	readonly controller: Controller | undefined;
	readonly state: StateDirectory;
	/** Of files that are made for the guest. */
	readonly label: string | undefined;
	readonly options: Pick<StartOptions, 'caller'>;
}

/** Makes the mounts that libvirt could be led away from, in a container whose init still waits. */
export async function mountLate(plan: ContainerPlan, {mounts, controller, state, label, options: {caller}}: LateContext): Promise<void> {
	const all = lateMounts(plan, treeOf(plan.root), {mounts, label});
	const place = programPlace('mounts', state, caller);
	if ((await changeMounts(controller, lateProgram(all, plan.begin.architecture), place)) === 'done') return;
	throw new ShellError('refused', `Nothing can be mounted in what others may write to: ${all.map(({target}) => target).join(', ')}`, {
		hint: 'A way there changed while the sandbox started, somebody makes whoever looks there wait, or the kernel is older than 5.12: try again, or mount outside of it',
	});
}

/** In the order in which they are to be made. */
function lateMounts({late, spec: {idmap}}: ContainerPlan, guest: GuestTree, {mounts, label}: Pick<LateContext, 'mounts' | 'label'>): LateMount[] {
	const start = idmap?.start ?? 0;
	const inside = (mount: GuestMount | undefined): readonly SkeletonEntry[] =>
		mount !== undefined && (mount.kind === 'ram' || isTemporary(mount)) ? entriesIn(guest, mount) : [];
	const isLate = ({target}: {readonly target: string}): boolean => late.has(target);
	const byDepth = (a: LateMount, b: LateMount): number => pathDepth(a.target) - pathDepth(b.target);
	const ofHost = [
		...mounts.binds.filter(isLate).map(({source, target, readonly}): LateMount => {
			const planned = guest.mounts.get(target);
			// A read-only ram has its mount points already.
			// Its place may have links, and is nobody else's.
			const isOurs = planned !== undefined && isTemporary(planned);
			const entries = planned?.kind === 'ram' ? [] : inside(planned);
			return {kind: 'host', source: isOurs ? realPath(source) : source, target, readonly, entries};
		}),
		...(mounts.hides ?? []).filter(isLate).map(({target, of}): LateMount => {
			const source = `${mounts.ioDirectory}/empty-${of}`;
			return {kind: 'host', source, target, readonly: true};
		}),
		...mounts.rams.filter(isLate).flatMap(({target}): LateMount[] => {
			const ram = guest.mounts.get(target);
			if (ram?.kind !== 'ram') return [];
			const {sizeKiB, mode, uid, gid} = ram;
			const owner = {uid: String(start + uid), gid: String(start + gid)};
			const options = {size: `${sizeKiB}k`, mode: mode.toString(8), ...owner, ...(label === undefined ? {} : {context: label})};
			return [{kind: 'ram', target, readonly: false, options, entries: entriesIn(guest, ram)}];
		}),
	];
	const ofGuest = (mounts.guestBinds ?? []).filter(isLate).map(({source, target, readonly}): LateMount => ({kind: 'guest', source, target, readonly}));
	return [...ofHost.toSorted(byDepth), ...ofGuest.toSorted(byDepth)];
}
