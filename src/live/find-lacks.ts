import {fallbackPath} from '../backend/guest/command-environment.ts';
import {isLocalUri} from '../backend/host/libvirtd/local-uri.ts';
import type {DocumentHost} from '../backend/xml/rules/document-host.ts';
import type {Lack, NetworkRow} from '../commands/sandboxes.ts';
import {innermost, isWithin} from '../spec/paths.ts';
import type {Mount, SandboxSpec} from '../spec/types.ts';

/** Where a sandbox has something of its own in the place of what the host has. */
const ownPlaces = ['/proc', '/sys', '/dev', '/run', '/tmp', '/var/tmp'];

interface Around {
	readonly host: DocumentHost;
	/** Those of libvirt; undefined: it was not asked. */
	readonly networks: readonly NetworkRow[] | undefined;
	/** The PATH of the command, where nobody gives it another one. */
	readonly path: string | undefined;
}

/** What this host, and the guest that a definition makes of it, lack for a start: all of it at once. Of another host nothing is said. */
export async function findLacks(spec: SandboxSpec, around: Around): Promise<readonly Lack[]> {
	const lacks: Lack[] = [];
	if (spec.uri !== undefined && !isLocalUri(spec.uri)) return lacks;
	for await (const lack of lacksOf(spec, around)) lacks.push(lack);
	return lacks;
}

async function* lacksOf(spec: SandboxSpec, {host, networks, path}: Around): AsyncGenerator<Lack> {
	yield* missingSources(spec, host);
	yield* missingInGuest(spec, host, path);
	yield* missingNetworks(spec, networks);
	const {cpus, memory} = await host.size();
	const {vcpus, memoryKiB} = spec.limits;
	if (cpus !== undefined && vcpus > cpus)
		yield {level: 'warning', message: `The sandbox is to have ${vcpus} CPUs, and this host has ${cpus}`, hint: `set vcpus ${cpus}`};
	if (memory !== undefined && memoryKiB * 1024 > memory)
		yield {level: 'warning', message: 'The sandbox may take more memory than this host has', hint: `set memory ${Math.floor(memory / 1024 ** 2 / 2)}M`};
	if (spec.kernel.accel === 'kvm' && (await host.kindOf('/dev/kvm')) === 'nothing')
		yield {level: 'error', message: 'This host has no /dev/kvm', hint: 'set accel tcg'};
}

async function* missingSources({root, mounts, includes, disks}: SandboxSpec, host: DocumentHost): AsyncGenerator<Lack> {
	const sources = [root, ...mounts.flatMap(sourceOf), ...includes.map((include) => include.host), ...disks.map(({source}) => source)];
	for (const source of new Set(sources)) {
		// As a start says it.
		if ((await host.kindOf(source)) === 'nothing') yield {level: 'error', message: `The host has no ${source}`, hint: 'Make it first.'};
	}
}

function sourceOf(mount: Mount): string[] {
	if (mount.type === 'overlay') return [mount.source, ...(mount.upper === undefined ? [] : [mount.upper])];
	return (mount.type === 'host-bind' || mount.type === 'host-image') && mount.source !== undefined ? [mount.source] : [];
}

/** Of another root nothing is said: its links lead within it. */
async function* missingInGuest({root, command, cwd, environment, mounts}: SandboxSpec, host: DocumentHost, path: string | undefined): AsyncGenerator<Lack> {
	if (root !== '/') return;
	const placeOf = (place: string): string | undefined => placeOnHost(place, mounts);
	const kindOf = async (place: string) => {
		const found = placeOf(place);
		return found === undefined ? 'unknown' : host.kindOf(found);
	};
	if (cwd !== undefined) {
		const kind = await kindOf(cwd);
		if (kind === 'nothing') yield {level: 'error', message: `The guest has no directory ${cwd} to begin in`, hint: 'set cwd /, or mount something there'};
		else if (kind !== 'directory' && kind !== 'unknown') yield {level: 'error', message: `${cwd} is no directory to begin in`, hint: 'set cwd /'};
	}
	const [program = ''] = command;
	if (program === '' || (program.includes('/') && !program.startsWith('/'))) return;
	const candidates = program.startsWith('/')
		? [program]
		: (environment['PATH'] ?? path ?? fallbackPath)
				.split(':')
				.filter((each) => each.startsWith('/'))
				.map((directory) => `${directory}/${program}`);
	const kinds = await Promise.all(candidates.map(kindOf));
	if (kinds.every((kind) => kind === 'nothing'))
		yield {level: 'error', message: `The guest has no program ${program}`, hint: 'Is its package installed? Is it in what a mount covers?'};
	else if (program.startsWith('/') && kinds[0] === 'directory') yield {level: 'error', message: `${program} is a directory`, hint: 'Name a program.'};
}

/** Where a place of the guest is on the host; undefined: it is the guest's own. */
function placeOnHost(place: string, mounts: readonly Mount[]): string | undefined {
	const mount = innermost(mounts, place, ({target}) => target);
	if (mount === undefined) return ownPlaces.some((own) => isWithin(place, own)) ? undefined : place;
	if (mount.type !== 'host-bind' || mount.source === undefined) return undefined;
	return `${mount.source}${place.slice(mount.target.length)}`;
}

function* missingNetworks({networks: wanted}: SandboxSpec, networks: readonly NetworkRow[] | undefined): Generator<Lack> {
	if (networks === undefined) return;
	for (const {source = 'default', user} of wanted) {
		if (user) continue;
		const found = networks.find(({name}) => name === source);
		if (found === undefined)
			yield {
				level: 'error',
				message: `libvirt has no network '${source}'`,
				hint: `It has ${networks.map(({name}) => name).join(', ') || 'none'}: 'networks' lists them.`,
			};
		else if (!found.active) yield {level: 'warning', message: `The network '${source}' is not active`, hint: `networks start ${source}`};
	}
}
