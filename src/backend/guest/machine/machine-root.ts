import {existsSync, statSync} from 'node:fs';
import {dirname, basename} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {formatDisk} from '../../../spec/parse-disk.ts';
import {formatMount} from '../../../spec/parse-mount.ts';
import type {HostBind, Mount, Overlay, SandboxSpec} from '../../../spec/types.ts';
import type {MachineDisk, MachineShare} from '../../domain/machine/layout.ts';
import type {HostMount} from '../../host/mount-table.ts';
import {lstatWithin} from '../../host/root-directory.ts';
import type {Cause} from '../../xml/element.ts';
import {quote, type Identity} from '../command-file.ts';
import {checkImage} from '../image/check-image.ts';
import {kindOf, requireIncludeSource} from '../mount-kinds.ts';
import {locateForCopy, planRoot, type GuestMount, type RootPlan} from '../root-plan.ts';
import {runDirectory} from './boot-script.ts';
import {kernelMountsProgram, ramsProgram, type Ram} from './guest-programs.ts';

/** What a guest's root is made of: what the host gives to it, and the lines by which the boot script puts it together. */
export interface MachineRoot {
	readonly plan: RootPlan;
	readonly shares: readonly MachineShare[];
	readonly disks: readonly MachineDisk[];
	/** Types of file systems that the images may hold. */
	readonly fileSystems: readonly string[];
	/** Whether the guest makes an overlay. */
	readonly hasOverlay: boolean;
	/** The shell function `plan`. */
	readonly script: string;
	/** Programs that it runs, by their names in the directory of the run. */
	readonly programs: ReadonlyMap<string, Buffer>;
}

const rootTag = 'root';

/** Plans a machine's root: that of a container, with the host's directories as shares that the guest mounts. Reads directories, changes nothing. */
export function planMachineRoot(
	spec: SandboxSpec,
	mountTable: readonly HostMount[],
	options: {readonly temporary: (mount: Mount) => string; readonly account: Identity},
): MachineRoot {
	const overlays = new Map<Mount, Overlay>();
	// A container has no overlay: to the plan it is a directory of the host at the same place.
	const mounts = spec.mounts.map((mount) => {
		if (mount.type !== 'overlay') return mount;
		const stand: HostBind = {type: 'host-bind', target: mount.target, source: mount.source, readonly: mount.readonly, relabel: undefined};
		overlays.set(stand, mount);
		return stand;
	});
	const plan = planRoot({...spec, mounts}, mountTable, options.temporary);
	const shares = new Shares(spec.root);
	const {base} = plan;
	const isWhole = plan.skeleton.every((entry) => entry.kind === 'symlink' || kindOf(lstatWithin(base, `/${entry.path}`)) === entry.kind);
	const lines = ['echo "$name" >/proc/sys/kernel/hostname'];
	if (!isWhole) lines.push('mount -t tmpfs -o size=1m,mode=755 tmpfs /newroot', ...skeletonLines(plan));
	const disks: MachineDisk[] = [];
	const fileSystems = new Set<string>();
	const rest: string[] = [];
	const programs = new Map([['kernel-mounts', kernelMountsProgram(isWhole ? `/s/${rootTag}` : undefined)]]);
	let fresh: Ram[] = [];
	/** What nobody asked for is mounted by one program, as far as nothing else comes between. */
	const addFresh = (): void => {
		if (fresh.length === 0) return;
		const name = `rams-${programs.size}`;
		programs.set(name, ramsProgram(fresh));
		rest.push(`${runDirectory}/${name} || fatal mount "cannot mount the empty directories of the guest"`);
		fresh = [];
	};
	const add = (...lines: readonly string[]): void => {
		addFresh();
		rest.push(...lines);
	};
	let madeOverlays = 0;
	for (const mount of plan.mounts) {
		if (mount.kind === 'ram' && mount.cause === undefined) {
			// The guest's kernel has its own /sys.
			if (mount.target !== '/sys/fs/cgroup') fresh.push({...mount, target: `/newroot${mount.target}`});
			continue;
		}
		const at = quote(`/newroot${mount.target}`);
		switch (mount.kind) {
			case 'bind': {
				const overlay = mount.cause === undefined ? undefined : overlays.get(mount.cause);
				if (overlay !== undefined) {
					add(...overlayLines(overlay, mount, {shares, index: madeOverlays++}));
				} else if (mount.cause !== undefined) {
					add(...bindLines(mount, mount.cause, shares));
				} else if (!isWhole && mount.source === `${base}${mount.target}` && !mount.target.includes('/', 1)) {
					// What is mounted below is there already: a share shows the host's mounts.
					add(`bind ${quote(`/s/${rootTag}${mount.target}`)} ${at}`);
				}
				break;
			}
			case 'ram':
				add(`ram ${at} ${mount.sizeKiB} ${mount.mode.toString(8)} ${mount.uid} ${mount.gid}${mount.readonly ? ' ro' : ''}`);
				break;
			case 'guest-bind':
				if (mount.cause !== undefined)
					add(`place_like ${quote(`/newroot${mount.source}`)} ${at}`, `bind ${quote(`/newroot${mount.source}`)} ${at}${mount.readonly ? ' ro' : ''}`);
				break;
			case 'image': {
				const {source, format, chain, readonly, cause} = mount;
				for (const type of mount.fileSystems) fileSystems.add(type);
				const serial = `image-${disks.length}`;
				disks.push({serial, source, format, chain, readonly, cause: optionCause(cause)});
				add(`image ${serial} ${at} ${readonly ? 'ro' : 'rw'} ${mount.fileSystems.join(' ')}`);
				break;
			}
			default:
				mount satisfies never;
		}
	}
	addFresh();
	const owner = `${options.account.uid}:${options.account.gid}`;
	for (const {guest, host} of spec.includes) {
		requireIncludeSource(host);
		const {mount, target} = locateForCopy(plan, guest);
		const source = shares.reach(host, {kind: 'option', text: `include ${host}: to be copied from`});
		rest.push(`include ${quote(source)} ${quote(`/newroot${target}`)} ${quote(`/newroot${mount?.target ?? ''}`)} ${owner}`);
	}
	for (const disk of spec.disks) {
		checkImage(disk);
		const {tag, source, format, chain, readonly} = disk;
		disks.push({serial: tag, source, format, chain, readonly, cause: {kind: 'option', text: `disk ${formatDisk(disk)}`}});
		rest.push(`by_tag ${disk.tag} ${owner}`);
	}
	const shareLines = shares.all.map(({tag, readonly, source}) => `share ${tag} ${readonly ? 'ro' : 'rw'} ${readonly ? 'loose' : 'none'} ${quote(source)}`);
	const script = [
		'plan() {',
		...[...shareLines, ...lines, `${runDirectory}/kernel-mounts || fatal mount "the root has no directory /proc, /sys or /dev"`, ...rest].map(
			(line) => `\t${line}`,
		),
		'}',
		'',
	].join('\n');
	return {plan, shares: shares.all, disks, fileSystems: [...fileSystems], hasOverlay: overlays.size > 0, script, programs};
}

function optionCause(mount: Mount): Cause {
	return {kind: 'option', text: `mount ${formatMount(mount)}`};
}

function skeletonLines({skeleton}: RootPlan): string[] {
	return skeleton.map((entry) => {
		const path = quote(`/newroot/${entry.path}`);
		return entry.kind === 'symlink' ? `ln -s ${quote(entry.to)} ${path}` : `place ${entry.kind} ${path}`;
	});
}

function bindLines(mount: GuestMount & {kind: 'bind'}, cause: Mount, shares: Shares): string[] {
	const at = quote(`/newroot${mount.target}`);
	const source = mount.readonly ? shares.reach(mount.source, optionCause(cause)) : shares.writable(mount.source, optionCause(cause));
	return [`place_like ${quote(source)} ${at}`, `bind ${quote(source)} ${at}`];
}

interface OverlayContext {
	readonly shares: Shares;
	/** Among the overlays: each has a memory of its own. */
	readonly index: number;
}

function overlayLines(overlay: Overlay, mount: GuestMount & {kind: 'bind'}, {shares, index}: OverlayContext): string[] {
	const cause = optionCause(overlay);
	const lower = shares.reach(overlay.source, cause);
	const place = quote(`/newroot${mount.target}`);
	const mode = overlay.readonly ? 'ro' : 'rw';
	if (overlay.upper !== undefined) return [`overlay ${quote(lower)} ${quote(shares.writable(overlay.upper, cause))} ${place} ${mode}`];
	const upper = `/upper/${index}`;
	return [`ram ${upper} 0 755 0 0`, `overlay ${quote(lower)} ${upper} ${place} ${mode}`];
}

/** The directories that the host shares, each once; the root's share comes first. */
class Shares {
	readonly #root: string;
	readonly #shares: MachineShare[];

	constructor(root: string) {
		this.#root = root;
		const cause: Cause = root === '/' ? {kind: 'default', text: "default: the host's own root, read-only"} : {kind: 'option', text: `root ${root}`};
		this.#shares = [{tag: rootTag, source: root, readonly: true, cause}];
	}

	get all(): readonly MachineShare[] {
		return this.#shares;
	}

	/** Where the boot script finds a file or directory of the host, read-only. */
	reach(source: string, cause: Cause): string {
		// What is only named yet (a temporary directory) is no part of the root's share.
		if (this.#root === '/' && source.startsWith('/')) return `/s/${rootTag}${source}`;
		if (existsSync(source) && !statSync(source).isDirectory()) return `${this.#share(dirname(source), true, cause)}/${basename(source)}`;
		return this.#share(source, true, cause);
	}

	writable(source: string, cause: Cause): string {
		if (existsSync(source) && !statSync(source).isDirectory()) {
			throw new ShellError('refused', `A machine cannot write to ${source} alone: it shares whole directories`, {
				hint: 'Mount its directory, or mount it read-only (,ro)',
			});
		}
		return this.#share(source, false, cause);
	}

	#share(source: string, readonly: boolean, cause: Cause): string {
		const known = this.#shares.find((share) => share.source === source && share.readonly === readonly);
		if (known !== undefined) return `/s/${known.tag}`;
		const tag = `share${this.#shares.length}`;
		this.#shares.push({tag, source, readonly, cause});
		return `/s/${tag}`;
	}
}
