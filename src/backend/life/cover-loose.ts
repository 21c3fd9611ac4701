import type {LooseCover} from '../guest/cover-closed.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import type {StartOptions} from '../types.ts';
import type {ContainerPlan} from './container-plan.ts';
import type {Controller} from './controller.ts';
import {coverHomes, type PlacesOfHome, type PrepareCovers} from './cover-homes.ts';
import {heldMs, mostHeld} from './held-homes.ts';
import {prepareLateProcess} from './late-process.ts';
import type {LeftBehind} from './left-behind.ts';
import {programPlace} from './program-place.ts';

/** What is done in a container whose init still waits. */
export interface LateCovers {
	/** `controller`: undefined where it is not ours to see. `held`: where whoever made mounts has waited, so nobody looks there again. */
	begin(controller: Controller | undefined, held?: readonly PlacesOfHome[]): Promise<void>;
	/** They are not wanted any more; idempotent. */
	drop(): void;
}

/**
 * Prepares to limit a container's pseudo-terminals and to cover what its plan has loose. Users say what lies in their homes, and can have
 * whoever looks there wait for ever: of such a home all is covered, and what is around it where even that would be to wait.
 */
export function prepareCovers({root, begin}: Pick<ContainerPlan, 'root' | 'begin'>, state: StateDirectory, {caller, voice, leftBehind}: Context): LateCovers {
	const prepare: PrepareCovers = (groups) => prepareLateProcess(programPlace('late', state, caller), groups, begin.architecture);
	// Nobody else can.
	const groups = caller.uid === 0 ? groupLoose(root.loose) : [];
	const first = prepare(groups.map(({places}) => places));
	return {
		async begin(controller, held = []) {
			const stuck = [...held];
			const left = groups.filter(({homes}) => held.every((each) => each.homes[0] !== homes[0]));
			const isAsPrepared = left.length === groups.length;
			if (!isAsPrepared) first.drop();
			let covering = await (isAsPrepared ? first : prepare(left.map(({places}) => places))).begin(controller, heldMs.first);
			while (covering.kind === 'stuck') {
				leftBehind.add(covering.pid);
				stuck.push(...left.splice(0, covering.at + 1).slice(-1));
				if (stuck.length >= mostHeld) stuck.push(...left.splice(0));
				covering = left.length === 0 ? {kind: 'done'} : await prepare(left.map(({places}) => places)).begin(controller, heldMs.further);
			}
			if (covering.kind === 'failed') tellInSight(left, voice);
			if (stuck.length > 0) await coverHomes(stuck, {controller, prepare, voice, leftBehind});
		},
		drop: () => first.drop(),
	};
}

type Context = Pick<StartOptions, 'caller' | 'voice'> & {readonly leftBehind: LeftBehind};

/** Those of each home together. */
function groupLoose(loose: readonly LooseCover[]): PlacesOfHome[] {
	const groups = new Map<string | undefined, PlacesOfHome & {readonly places: string[]}>();
	for (const {target, homes} of loose) {
		const group = groups.get(homes[0]) ?? {homes, places: []};
		group.places.push(target);
		groups.set(homes[0], group);
	}
	return [...groups.values()];
}

function tellInSight(groups: readonly PlacesOfHome[], voice: Context['voice']): void {
	const places = groups.flatMap((group) => group.places);
	voice.notice(
		'warning',
		'libvirt-in-sight',
		`The sandbox may see where users have libvirt's sockets, and what mounts of the host hide: ${places.join(', ')}`,
		'Covering them takes a kernel of 5.9 or later',
	);
}
