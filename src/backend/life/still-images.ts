import {attributeProgram} from '../guest/program/attribute-program.ts';
import {inertAttributes} from '../guest/program/usual-calls.ts';
import type {RootPlan} from '../guest/root-plan.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import type {StartOptions} from '../types.ts';
import {changeMounts} from './change-mounts.ts';
import type {ContainerPlan} from './container-plan.ts';
import type {Controller} from './controller.ts';
import {programPlace} from './program-place.ts';

/**
 * Lets the device nodes of images open nothing in a container whose init still waits: libvirt mounts images as they are, and lets the
 * container at the devices that those lie on. Where that cannot be, it is a warning.
 */
export async function stillImages(
	{root, begin}: Pick<ContainerPlan, 'root' | 'begin'>,
	controller: Controller | undefined,
	{state, options: {caller, voice}}: {readonly state: StateDirectory; readonly options: Pick<StartOptions, 'caller' | 'voice'>},
): Promise<void> {
	const program = attributeProgram(placesOfImages(root), inertAttributes, begin.architecture);
	if (await changeMounts(controller, program, programPlace('images', state, caller))) return;
	voice.notice(
		'warning',
		'image-devices',
		'Device nodes in the images of the sandbox can be opened',
		'Only root can prevent it, on a kernel of 5.12 or later',
	);
}

/** Where images are mounted, and shown once more. */
function placesOfImages({mounts}: Pick<RootPlan, 'mounts'>): string[] {
	const images = mounts.flatMap(({kind, target}) => (kind === 'image' ? target : []));
	// Of a guest-bind itself there is none.
	const shown = mounts.flatMap((mount) => (mount.kind === 'guest-bind' && images.includes(mount.source) ? mount.target : []));
	return [...images, ...shown];
}
