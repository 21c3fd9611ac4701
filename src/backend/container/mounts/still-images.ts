import {attributeProgram} from './attribute-program.ts';
import {inertAttributes, noDevices} from '../../guest/program/usual-calls.ts';
import type {RootPlan} from '../../guest/root/root-plan.ts';
import type {StateDirectory} from '../../guest/state/state-directory.ts';
import type {StartOptions} from '../../types.ts';
import {changeMounts} from './change-mounts.ts';
import type {ContainerPlan} from '../container-plan.ts';
import type {Controller} from '../controller.ts';
import {programPlace} from '../../guest/program/program-place.ts';

/**
 * Lets no device node but the container's own open anything in one whose init still waits: libvirt mounts images, and all else, as they are, and
 * lets the container at the devices that its images lie on, which a node in any tree of files may lead to. Where that cannot be, it is a warning.
 * The init may use its own already.
 */
export async function stillImages(
	{root, begin}: Pick<ContainerPlan, 'root' | 'begin'>,
	controller: Controller | undefined,
	{state, options: {caller, voice}}: {readonly state: StateDirectory; readonly options: Pick<StartOptions, 'caller' | 'voice'>},
): Promise<void> {
	const changes = [
		...placesOfFiles(root).map((place) => ({place, set: noDevices, isRecursive: true})),
		...placesOfImages(root).map((place) => ({place, set: inertAttributes})),
	];
	const program = attributeProgram(changes, begin.architecture);
	if (await changeMounts(controller, program, programPlace('images', state, caller))) return;
	voice.notice(
		'warning',
		'image-devices',
		'Device nodes in what the sandbox sees, as in its images, can be opened',
		'Only root can prevent it, on a kernel of 5.12 or later',
	);
}

/** Where files of the host are mounted, and what lies there is shown once more. */
function placesOfFiles({mounts}: Pick<RootPlan, 'mounts'>): string[] {
	return mounts.flatMap(({kind, target, cause}) => (kind === 'bind' || (kind === 'guest-bind' && cause !== undefined) ? target : []));
}

/** Where images are mounted, and shown once more. */
function placesOfImages({mounts}: Pick<RootPlan, 'mounts'>): string[] {
	const images = mounts.flatMap(({kind, target}) => (kind === 'image' ? target : []));
	// Of a guest-bind itself there is none.
	const shown = mounts.flatMap((mount) => (mount.kind === 'guest-bind' && images.includes(mount.source) ? mount.target : []));
	return [...images, ...shown];
}
