import {join} from 'node:path';
import {formatMount} from '../../spec/parse/parse-mount.ts';
import {resolverFile} from '../guest/network-script.ts';
import {hostsFile} from '../guest/own-name.ts';
import {ioTarget, type GuestMount} from '../guest/root/root-plan.ts';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import {realPath} from '../host/files/real-path.ts';
import type {Cause} from '../xml/element.ts';
import {resolveSource} from '../start/temporary-sources.ts';
import type {ContainerLayout, LayoutBind} from './domain/layout.ts';
import type {ContainerPlan} from './container-plan.ts';

/** All that is mounted in a container but its root. */
export type LaidMounts = Pick<ContainerLayout, 'ioDirectory' | 'binds' | 'hides' | 'rams' | 'guestBinds' | 'images'>;

/** The mounts of a plan, on its state directory; `temporary`: paths of the temporary directories, in the plan's order. */
export function layMounts(plan: ContainerPlan, state: StateDirectory, temporary: readonly string[]): LaidMounts {
	const io = realPath(state.io);
	const mounts = plan.root.mounts.map((mount) => ({
		...mount,
		source: 'source' in mount ? resolveSource(mount.source, temporary) : '',
		cause: causeOf(mount),
	}));
	const made = new Map(plan.made.map(({target, name}) => [target, join(io, name)]));
	return {
		ioDirectory: io,
		binds: [
			...mounts.filter((mount) => mount.kind === 'bind'),
			...mounts.flatMap((mount) => {
				const source = mount.kind === 'ram' ? made.get(mount.target) : undefined;
				return source === undefined ? [] : {...mount, source};
			}),
			...plan.includes.map(bindInclude),
			...bindOwn(join(io, resolverFile), plan.resolver?.kind === 'bind' ? plan.resolver.target : undefined, 'network: name servers of its own'),
			...bindOwn(join(io, hostsFile), plan.hosts?.target, "the guest's own name, and what the root's /etc/hosts has"),
		],
		hides: mounts.filter((mount) => mount.kind === 'hide'),
		rams: mounts.filter((mount) => mount.kind === 'ram').filter(({target}) => !made.has(target)),
		guestBinds: mounts.filter((mount) => mount.kind === 'guest-bind'),
		images: mounts.filter((mount) => mount.kind === 'image'),
	};
}

/** Those of them that libvirt makes. */
export function mountsOfLibvirt(mounts: LaidMounts, late: ReadonlySet<string>): LaidMounts {
	if (late.size === 0) return mounts;
	const early = <Each extends {readonly target: string}>(each: readonly Each[] = []): Each[] => each.filter(({target}) => !late.has(target));
	const {ioDirectory, binds, hides, rams, guestBinds, images} = mounts;
	return {ioDirectory, binds: early(binds), hides: early(hides), rams: early(rams), guestBinds: early(guestBinds), images};
}

function bindInclude({name, source, shown}: ContainerPlan['includes'][number]): LayoutBind {
	const cause: Cause = {kind: 'backend', text: `include ${source}: to be copied from`};
	return {source, target: `${ioTarget}/${name}`, readonly: true, ...(shown && {shown}), cause};
}

/** A file that the guest has in the place of its root's; `target`: undefined where it has none. */
function bindOwn(source: string, target: string | undefined, text: string): LayoutBind[] {
	return target === undefined ? [] : [{source, target, readonly: true, cause: {kind: 'backend', text}}];
}

function causeOf(mount: GuestMount): Cause {
	if (mount.cause !== undefined) return {kind: 'option', text: `mount ${formatMount(mount.cause)}`};
	if (mount.kind === 'guest-bind') return {kind: 'default', text: "default: the files of the host's kernel are read-only"};
	if (mount.kind === 'hide') return {kind: 'default', text: 'default: the sandbox does not see what the host has mounted there'};
	return mount.kind === 'ram'
		? {kind: 'default', text: 'default: fresh, and what the host has there is hidden'}
		: {kind: 'default', text: 'default: read-only view of the host'};
}
