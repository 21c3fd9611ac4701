import {existsSync} from 'node:fs';
import {ShellError} from '../../../core/errors.ts';
import type {LooseCover} from '../../guest/root/cover-closed.ts';
import type {StateDirectory} from '../../guest/state/state-directory.ts';
import type {StartOptions} from '../../types.ts';
import {heldMs, heldUp, mostHeld} from '../../guest/root/held-homes.ts';
import {programPlace} from '../../guest/program/program-place.ts';
import type {ContainerPlan} from '../container-plan.ts';
import type {Controller} from '../controller.ts';
import {ProgramUnable} from './kernel-files.ts';
import {prepareLateProcess, type LateProcess} from './late-process.ts';
import {readLinesOf} from './table-of.ts';

/** Places of one home, which are looked for together. */
interface PlacesOfHome extends Pick<LooseCover, 'homes'> {
	readonly places: readonly string[];
}

/** Begins a process that covers places, in groups; `fixed`: and makes others read-only. */
type PrepareCovers = (groups: ReadonlyArray<readonly string[]>, fixed?: readonly string[]) => LateProcess;

/** What is done in a container whose init still waits. */
export interface LateCovers {
	/** `controller`: undefined where it is not ours to see. Gives what was held up. */
	begin(controller: Controller | undefined): Promise<readonly PlacesOfHome[]>;
	/** Covers whole homes instead, once what is mounted in the container has been looked at. */
	coverHomes(held: readonly PlacesOfHome[], controller: Controller | undefined): Promise<void>;
	/** They are not wanted any more; idempotent. */
	drop(): void;
}

/**
 * Prepares to limit a container's pseudo-terminals and to cover what its plan has loose. Users say what lies in their homes, and can have
 * whoever looks there wait for ever: of such a home all is covered, and what is around it where even that would be to wait.
 */
export function prepareCovers(
	{root, begin, kernelFiles}: Pick<ContainerPlan, 'root' | 'begin' | 'kernelFiles'>,
	state: StateDirectory,
	{caller, voice}: Context,
): LateCovers {
	const prepare: PrepareCovers = (groups, fixed = []) => prepareLateProcess(programPlace('late', state, caller), {groups, fixed}, begin.architecture);
	// Nobody else can.
	const groups = groupByHome(caller.uid === 0 ? root.loose : []);
	const fixed = kernelFiles.ofProgram;
	const first = prepare(
		groups.map(({places}) => places),
		fixed,
	);
	return {
		async begin(controller) {
			const stuck: PlacesOfHome[] = [];
			const left = [...groups];
			let covering = await first.begin(controller, heldMs.first);
			requireFixed(fixed, controller);
			while (covering.kind === 'stuck') {
				stuck.push(...left.splice(0, covering.at + 1).slice(-1));
				if (stuck.length >= mostHeld) stuck.push(...left.splice(0));
				if (left.length === 0) break;
				covering = await prepare(left.map(({places}) => places)).begin(controller, heldMs.further);
			}
			if (covering.kind === 'failed') tellInSight(left, voice);
			return stuck;
		},
		coverHomes: (held, controller) => (held.length === 0 ? Promise.resolve() : coverHomes(held, {controller, prepare, voice})),
		drop: () => first.drop(),
	};
}

type Context = Pick<StartOptions, 'caller' | 'voice'>;

function groupByHome(loose: readonly LooseCover[]): PlacesOfHome[] {
	const groups = Map.groupBy(loose, ({homes}) => homes[0]);
	return Array.from(groups.values(), (group) => ({homes: group[0]?.homes ?? [], places: group.map(({target}) => target)}));
}

interface CoverContext {
	readonly controller: Controller | undefined;
	readonly prepare: PrepareCovers;
	readonly voice: Context['voice'];
}

/** Covers homes in a container, one after the other, found in directories that root alone changes: whoever looks into them waits. */
async function coverHomes(stuck: readonly PlacesOfHome[], {controller, prepare, voice}: CoverContext): Promise<void> {
	const covered: string[] = [];
	for (const {homes, places} of stuck) {
		let isCovered = false;
		for (const home of homes) {
			if (isCovered) break;
			isCovered = (await prepare([[home]]).begin(controller, heldMs.further)).kind === 'done';
			if (isCovered) covered.push(home);
		}
		if (isCovered) continue;
		throw new ShellError('refused', `Whoever looks for ${places.join(', ')} waits for ever, and no sandbox sees what is there`, {
			hint: heldUp,
		});
	}
	const names = [...new Set(covered)].join(', ');
	voice.notice('warning', 'home-covered', `The sandbox sees nothing of ${names}: whoever looks there waits for ever`, heldUp);
}

/** Each entry that the container has is to be a mount of its own by now. */
function requireFixed(fixed: readonly string[], controller: Controller | undefined): void {
	if (fixed.length === 0) return;
	if (controller === undefined) throw new ProgramUnable();
	// Of many mounts a few words matter: to read all takes a start longer than to make them.
	const lines = readLinesOf(controller.initPid);
	if (lines === undefined) {
		if (controller.isInitAlive()) throw new ProgramUnable();
		return;
	}
	// What is mounted, and where: nobody can call anything else so.
	const isReadonly = (path: string): boolean => [',', ' '].some((end) => lines.includes(` ${path.slice('/proc'.length)} ${path} ro${end}`));
	if (fixed.some((path) => !isReadonly(path) && existsSync(path))) throw new ProgramUnable();
}

function tellInSight(groups: readonly PlacesOfHome[], voice: Context['voice']): void {
	const places = groups.flatMap((group) => group.places);
	voice.notice(
		'warning',
		'libvirt-in-sight',
		`The sandbox may see where users have libvirt's sockets, and what mounts of the host hide: ${places.join(', ')}`,
		'Covering them takes a kernel of 5.9 or later, and a sandbox whose processes can be seen',
	);
}
