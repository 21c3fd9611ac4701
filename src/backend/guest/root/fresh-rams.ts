import type {SandboxSpec} from '../../../spec/types.ts';
import {reservedDirectory} from '../../../spec/validate-spec.ts';
import {lstatIfThere} from '../../host/files/firm-way.ts';
import {addMount, coverOf, kindAt, walk, type GuestMount, type GuestTree} from './guest-tree.ts';

/**
 * Where libvirt mounts the kernel's security file system, read-only; but a link of AppArmor's in it leads to a mount of the kernel's own, which is
 * not, and there root could change who may write to the policy of the whole host. AppArmor lets nobody change the mode of what is mounted there.
 */
const security = '/sys/kernel/security';
const freshKiB = {small: 16 * 1024, empty: 64};

/** Mounts something empty where nothing of the host's is ever seen. */
export function addFreshRams(guest: GuestTree, spec: SandboxSpec): void {
	for (const ram of freshRams(spec)) {
		const target = placeOfFresh(guest, ram.target);
		if (target !== undefined) addMount(guest, {...ram, target});
	}
}

/** What a user mounts empty hides ours, and what programs look for in it is fresh all the same. */
export function renewFreshRams(guest: GuestTree, spec: SandboxSpec): void {
	for (const ram of [...freshRams(spec), freshRam('/run/lock', freshKiB.small, 0o1777)]) {
		const {target, found} = walk(guest, ram.target);
		const cover = coverOf(guest, target);
		const isEmpty = found === 'made' || (cover?.kind === 'ram' && cover.target !== target);
		if (isEmpty && reservedDirectory(target) === undefined && cover?.readonly === false) guest.mounts.set(target, {...ram, target});
	}
}

function freshRams(spec: SandboxSpec): GuestMount[] {
	const half = Math.max(1024, Math.floor(spec.limits.memoryKiB / 2));
	return [
		freshRam('/tmp', half, 0o1777),
		freshRam('/run', Math.min(half, freshKiB.small), 0o755),
		freshRam('/var/tmp', half, 0o1777),
		freshRam('/dev/shm', half, 0o1777),
		// The host's whole cgroup v1 tree would be there, writable.
		freshRam('/sys/fs/cgroup', freshKiB.empty, 0o755),
		...(lstatIfThere(security) === undefined ? [] : [freshRam(security, freshKiB.empty, 0o1777)]),
	];
}

function freshRam(target: string, sizeKiB: number, mode: number): GuestMount & {readonly kind: 'ram'} {
	return {kind: 'ram', target, sizeKiB, mode, uid: 0, gid: 0, readonly: false, cause: undefined};
}

/** Where one of our own rams goes: by the root's links, yet never upon what is no part of the root. Undefined: nowhere, as nothing of the host shows there either. */
function placeOfFresh(guest: GuestTree, path: string): string | undefined {
	if (path.startsWith('/dev/') || path.startsWith('/sys/')) return path;
	const {target, found} = walk(guest, path);
	const isFree = found === 'there' && coverOf(guest, target)?.kind !== 'ram' && reservedDirectory(target) === undefined;
	return isFree && kindAt(guest, target) === 'directory' ? target : undefined;
}
