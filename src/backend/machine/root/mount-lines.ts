import {innermost, isWithin} from '../../../spec/paths.ts';
import type {Mount, Overlay} from '../../../spec/types.ts';
import {lstatIfThere} from '../../host/files/firm-way.ts';
import type {Cause} from '../../xml/element.ts';
import {quote} from '../../guest/command-file.ts';
import {kindOfFile} from '../../guest/root/mount-kinds.ts';
import type {GuestMount, RootPlan} from '../../guest/root/root-plan.ts';
import type {MachineDisk} from '../domain/layout.ts';
import {treePlace, type HostTreeMaker} from './host-tree.ts';
import {isPin, makePlaces} from './make-places.ts';
import {bindProgram, fixProgram, moveProgram, overlayProgram, placeProgram, ramsProgram, showProgram} from './mount-programs.ts';
import type {RootScript} from './root-script.ts';

type MountOf<Kind extends GuestMount['kind']> = GuestMount & {readonly kind: Kind};

/** Of what is gone since somebody looked. */
const usualTop = {mode: 0o755, uid: 0, gid: 0} as const;

/** Whether a mount of the plan stands for an overlay, which a container has not. */
export function isOverlay(overlays: ReadonlyMap<Mount, Overlay>): (mount: GuestMount) => boolean {
	return ({cause}) => cause !== undefined && overlays.has(cause);
}

/** Writes how each mount of a plan gets to its place in a machine, as far as the tree that is shared has it not there. */
export class MountLines {
	/** Images that were mounted. */
	readonly disks: MachineDisk[] = [];
	/** Types of file systems that they may hold. */
	readonly fileSystems = new Set<string>();
	readonly #plan: RootPlan;
	readonly #overlays: ReadonlyMap<Mount, Overlay>;
	readonly #tree: HostTreeMaker;
	readonly #script: RootScript;
	readonly #placeFor: (target: string, like?: string) => string;
	/** The guest's paths of what its overlays are made of, by their places. */
	readonly #layers = new Map<string, {readonly lower: string; readonly upper: string | undefined}>();
	/** Places of rams that become read-only when all is mounted. */
	readonly #late: string[] = [];

	/** `overlays`: by the binds that stand for them in the plan. */
	constructor(
		plan: RootPlan,
		{overlays, tree, script}: {readonly overlays: ReadonlyMap<Mount, Overlay>; readonly tree: HostTreeMaker; readonly script: RootScript},
	) {
		this.#plan = plan;
		this.#overlays = overlays;
		this.#tree = tree;
		this.#script = script;
		this.#placeFor = makePlaces(plan, {
			isOverlay: isOverlay(overlays),
			make: (target, like) => `made ${script.addProgram('place', placeProgram(target, like))} ${quote(target)}`,
		});
	}

	/** The next mount of the plan; `cause`: for the XML. */
	add(mount: GuestMount, cause: Cause): void {
		const source = this.#tree.place(mount, cause);
		switch (mount.kind) {
			case 'bind':
				this.#addBind(mount, source, cause);
				return;
			case 'ram':
				this.#addRam(mount);
				return;
			case 'guest-bind':
				if (mount.cause !== undefined) this.#addGuestBind(mount);
				return;
			case 'hide':
				// The tree has it hidden, but for what the guest puts together itself.
				if (this.#tree.isOfGuest(mount.target)) this.#hideInOverlay(mount);
				return;
			case 'image':
				this.#addImage(mount, cause);
				return;
			default:
				mount satisfies never;
		}
	}

	/** When all is mounted. */
	finish(): void {
		this.#script.flush();
		for (const target of this.#late) this.#script.add(this.#attach('fix', fixProgram(target), target));
	}

	#addBind(mount: MountOf<'bind'>, source: string | undefined, cause: Cause): void {
		const {target} = mount;
		const overlay = mount.cause === undefined ? undefined : this.#overlays.get(mount.cause);
		if (overlay === undefined) {
			if (source !== undefined) this.#script.add(this.#placeFor(target, source), this.#attach('bind', bindProgram(source, target), target));
		} else if (mount.source === overlay.source) this.#addOverlay(target, overlay, cause);
		else {
			// A directory on the way to what is mounted deeper, which nobody is to rename.
			this.#script.add(`straight ${quote(target)}`, this.#attach('show', showProgram({source: target, target, readonly: false}), target));
		}
	}

	#addOverlay(target: string, overlay: Overlay, cause: Cause): void {
		const lower = this.#tree.reach(overlay.source, true, cause, {isWhole: true});
		const kept = overlay.upper === undefined ? undefined : this.#tree.reach(overlay.upper, false, cause);
		this.#layers.set(target, {lower, upper: kept && `${kept}/upper`});
		const program = overlayProgram({
			target,
			lower,
			upper: kept ?? `upper/${this.#script.programs.size}`,
			isMemory: kept === undefined,
			top: lstatIfThere(overlay.source) ?? usualTop,
			readonly: overlay.readonly,
		});
		this.#script.add(this.#placeFor(target), this.#attach('overlay', program, target, 'overlay'));
	}

	#addRam(mount: MountOf<'ram'>): void {
		const {target} = mount;
		if (mount.cause === undefined) {
			// The guest's kernel has its own /sys.
			if (!target.startsWith('/sys/')) this.#script.addFresh(mount);
			return;
		}
		// What is mounted in it needs its place first.
		const isLate = mount.readonly && this.#plan.mounts.some((other) => other !== mount && isWithin(other.target, target));
		const program = ramsProgram([{...mount, readonly: mount.readonly && !isLate}]);
		this.#script.add(this.#placeFor(target), this.#attach('ram', program, target));
		if (isLate) this.#late.push(target);
	}

	#addGuestBind(mount: MountOf<'guest-bind'>): void {
		const {source, target} = mount;
		const place = this.#placeFor(target, isPin(mount) ? undefined : source);
		this.#script.add(`straight ${quote(source)}`, place, this.#attach('show', showProgram(mount), target));
	}

	/**
	 * What an overlay lies over is hidden in the tree, and what an earlier guest has made in its place. The kernel lets an overlay show no
	 * directory with something mounted on it, so that is an error to look at. A file is hidden by the guest itself as well, so that it stays.
	 */
	#hideInOverlay({target, of}: MountOf<'hide'>): void {
		const [place = '', {lower = '', upper} = {}] = innermost([...this.#layers], target, ([each]) => each) ?? [];
		this.#tree.cover(lower + target.slice(place.length), of);
		if (upper !== undefined) {
			this.#tree.cover(upper + target.slice(place.length), 'any');
			// A link there leads elsewhere.
			this.#script.add(`straight ${quote(target)}`);
		}
		if (of === 'file') this.#script.add(this.#attach('hide', bindProgram(`${treePlace}/nothing/file`, target, {readonly: true}), target));
	}

	#addImage({target, source, format, chain, readonly, fileSystems}: MountOf<'image'>, cause: Cause): void {
		for (const type of fileSystems) this.fileSystems.add(type);
		// No tag of a disk begins so.
		const serial = `-image-${this.disks.length}`;
		this.disks.push({serial, source, isBlock: isBlock(source), format, chain, readonly, cause});
		const mover = this.#script.addProgram('image', moveProgram(target));
		const types = fileSystems.join(' ');
		this.#script.add(this.#placeFor(target), `image ${mover} ${serial} ${quote(target)} ${readonly ? 'ro' : 'rw'} ${types}`);
	}

	#attach(kind: string, program: Buffer, target: string, what?: string): string {
		return attachLine(this.#script.addProgram(kind, program), target, what);
	}
}

/** The line by which a program mounts something at a place; `what`: for the fault. */
export function attachLine(program: string, target: string, what = 'mount'): string {
	return `attach ${program} ${quote(target)} ${what}`;
}

export function isBlock(image: string): boolean {
	return kindOfFile(image) === 'block device';
}
