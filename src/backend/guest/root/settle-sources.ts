import {ShellError} from '../../../core/errors.ts';
import {isWithin} from '../../../spec/paths.ts';
import type {Mount, SandboxSpec} from '../../../spec/types.ts';
import {goTo, type Way} from '../../host/files/go-to.ts';
import type {HostMount} from '../../host/mounts/mount-table.ts';
import {mayBeAsked} from '../../host/mounts/waiting-mounts.ts';
import {requireCommonName, requireNoProcesses} from './mount-kinds.ts';

type Sources = Pick<SandboxSpec, 'root' | 'mounts' | 'includes' | 'disks' | 'kernel' | 'seccomp'>;

/** A spec as it is planned. */
export interface SettledSources<Spec extends Sources> {
	/** With the places of its sources, which have no links, instead of the names. */
	readonly spec: Spec;
	/** The place of a source, by its name. */
	placeOf(source: string): string;
}

/**
 * Goes the way to each source once. Where it came out is what is planned, looked at, mounted and opened: whoever puts a link on the way
 * later leads nothing elsewhere, since nobody follows one.
 *
 * Refuses sources that the sandbox itself could have put something else in the place of, in an earlier run: by a link that lies in what
 * it may write to, and an image there, whose owner libvirt sets by its name at the end, too. And what may not be asked, as `goTo` says,
 * files that are only read as well.
 */
export function settleSources<Spec extends Sources>(named: Spec, mountTable: readonly HostMount[], caller: number): SettledSources<Spec> {
	const mayAsk = mayBeAsked(mountTable, caller);
	for (const path of [named.kernel.path, named.kernel.modules, named.seccomp]) if (path?.startsWith('/') === true) goTo(path, mayAsk);
	const ways = new Map<string, Way>();
	const spec = withPlaces(named, (source) => {
		const way = ways.get(source) ?? goTo(source, mayAsk);
		ways.set(source, way);
		if (source !== named.root) requireCommonName(source, way.place);
		requireNoProcesses(way.place, mountTable);
		return way.place;
	});
	const writable = spec.mounts.flatMap((mount) => {
		if (mount.type === 'overlay') return mount.upper ?? [];
		return mount.type === 'host-bind' && !mount.readonly ? (mount.source ?? []) : [];
	});
	for (const [source, {place, links}] of ways) {
		for (const link of links) {
			const directory = writable.find((each) => isWithin(link, each));
			if (directory === undefined) continue;
			const message = `The way to ${source} leads by the link ${link}, and the sandbox may write to ${directory}: it says where that leads`;
			throw new ShellError('refused', message, {hint: `Name the place itself: ${place}`});
		}
	}
	for (const image of [...spec.mounts.flatMap((mount) => (mount.type === 'host-image' ? mount.source : [])), ...spec.disks.map(({source}) => source)]) {
		const directory = writable.find((each) => isWithin(image, each));
		if (directory === undefined) continue;
		throw new ShellError('refused', `The image ${image} lies in ${directory}, which the sandbox may write to: it could put another file in its place`, {
			hint: 'Keep images outside of what is mounted writable',
		});
	}
	return {spec, placeOf: (source) => ways.get(source)?.place ?? source};
}

function withPlaces<Spec extends Sources>(spec: Spec, placeOf: (source: string) => string): Spec {
	return {
		...spec,
		root: placeOf(spec.root),
		mounts: spec.mounts.map((mount): Mount => {
			switch (mount.type) {
				case 'host-bind':
					return {...mount, source: mount.source === undefined ? undefined : placeOf(mount.source)};
				case 'host-image':
					return {...mount, source: placeOf(mount.source)};
				case 'overlay':
					return {...mount, source: placeOf(mount.source), upper: mount.upper === undefined ? undefined : placeOf(mount.upper)};
				case 'guest-bind':
				case 'ram':
				case 'hide':
					return mount;
			}
		}),
		includes: spec.includes.map((include) => ({...include, host: placeOf(include.host)})),
		disks: spec.disks.map((disk) => ({...disk, source: placeOf(disk.source)})),
	};
}
