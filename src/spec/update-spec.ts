import {ShellError} from '../core/errors.ts';
import {didYouMean} from '../core/nearest-word.ts';
import type {Disk, Include, Limits, Mount, Network, SandboxSpec, Security} from './types.ts';

/** Replaces the item of the same key at its place, else appends. */
function withItem<T>(items: readonly T[], item: T, keyOf: (item: T) => string): readonly T[] {
	const key = keyOf(item);
	return items.some((known) => keyOf(known) === key) ? items.map((known) => (keyOf(known) === key ? item : known)) : [...items, item];
}

/** Leaves out the item of a key; throws `not-found` where there is none. */
function withoutItem<T>(items: readonly T[], key: string, keyOf: (item: T) => string, missing: string): readonly T[] {
	const kept = items.filter((item) => keyOf(item) !== key);
	if (kept.length === items.length) {
		const keys = items.map(keyOf);
		throw new ShellError('not-found', missing, {hint: didYouMean(key, keys) ?? (keys.length === 0 ? 'There are none.' : `There are: ${keys.join(', ')}.`)});
	}
	return kept;
}

const mountKey = (mount: Mount): string => mount.target;
const includeKey = (include: Include): string => include.guest;
const diskKey = (disk: Disk): string => disk.tag;

/** Adds a mount, or puts it in the place of the one on the same target. */
export function withMount(spec: SandboxSpec, mount: Mount): SandboxSpec {
	return {...spec, mounts: withItem(spec.mounts, mount, mountKey)};
}

/** Takes the mount on a target away. */
export function withoutMount(spec: SandboxSpec, target: string): SandboxSpec {
	return {...spec, mounts: withoutItem(spec.mounts, target, mountKey, `There is no mount on '${target}'`)};
}

/** Adds an include, or puts it in the place of the one to the same path. */
export function withInclude(spec: SandboxSpec, include: Include): SandboxSpec {
	return {...spec, includes: withItem(spec.includes, include, includeKey)};
}

/** Takes the include to a path of the guest away. */
export function withoutInclude(spec: SandboxSpec, guest: string): SandboxSpec {
	return {...spec, includes: withoutItem(spec.includes, guest, includeKey, `There is no include to '${guest}'`)};
}

/** Adds a disk, or puts it in the place of the one with the same tag. */
export function withDisk(spec: SandboxSpec, disk: Disk): SandboxSpec {
	return {...spec, disks: withItem(spec.disks, disk, diskKey)};
}

/** Takes the disk of a tag away. */
export function withoutDisk(spec: SandboxSpec, tag: string): SandboxSpec {
	return {...spec, disks: withoutItem(spec.disks, tag, diskKey, `There is no disk '${tag}'`)};
}

/** Adds a network interface; several may be on one network. */
export function withNetwork(spec: SandboxSpec, network: Network): SandboxSpec {
	return {...spec, networks: [...spec.networks, network]};
}

/** Takes a network interface away, by its position from 1. */
export function withoutNetwork(spec: SandboxSpec, position: number): SandboxSpec {
	if (!(position >= 1 && position <= spec.networks.length)) {
		throw new ShellError('not-found', `There is no network ${position}`, {
			hint: spec.networks.length === 0 ? 'There are none.' : `They are numbered from 1 to ${spec.networks.length}.`,
		});
	}
	return {...spec, networks: spec.networks.filter((_, index) => index !== position - 1)};
}

/** Sets a variable of the environment. */
export function withEnvironment(spec: SandboxSpec, name: string, value: string): SandboxSpec {
	return {...spec, environment: {...spec.environment, [name]: value}};
}

/** Takes a variable out of the environment. */
export function withoutEnvironment(spec: SandboxSpec, name: string): SandboxSpec {
	const names = withoutItem(Object.keys(spec.environment), name, (known) => known, `The environment has no '${name}'`);
	return {...spec, environment: Object.fromEntries(names.map((known) => [known, spec.environment[known] ?? '']))};
}

/** Puts security in the place of what was chosen. */
export function withSecurity(spec: SandboxSpec, security: Security): SandboxSpec {
	return {...spec, security};
}

/** Changes some limits. */
export function withLimits(spec: SandboxSpec, limits: Partial<Limits>): SandboxSpec {
	return {...spec, limits: {...spec.limits, ...limits}};
}
