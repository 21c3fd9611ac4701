import {isWithin} from '../../../spec/paths.ts';
import {programPlace} from '../../guest/program/program-place.ts';
import {inertAttributes, noDevices} from '../../guest/program/usual-calls.ts';
import type {RootPlan} from '../../guest/root/root-plan.ts';
import type {StateDirectory} from '../../guest/state/state-directory.ts';
import type {KnownMount} from '../../host/mounts/mount-table.ts';
import {WayChanged} from '../../start/while-root-stays.ts';
import type {StartOptions} from '../../types.ts';
import type {ContainerPlan} from '../container-plan.ts';
import type {Controller} from '../controller.ts';
import {attributeProgram} from './attribute-program.ts';
import {changeMounts} from './change-mounts.ts';
import {readTableOf} from './table-of.ts';

const devices = '/dev';

/**
 * Lets no device node but the container's own open anything in one whose init still waits: libvirt mounts images, and all else, as they are, and
 * lets the container at the devices that its images lie on, which a node in any tree of files may lead to. Where that cannot be, it is a warning.
 */
export async function stillImages(
	{root, begin}: {readonly root: Pick<RootPlan, 'mounts'>; readonly begin: Pick<ContainerPlan['begin'], 'architecture'>},
	controller: Controller | undefined,
	{state, options: {caller, voice}}: {readonly state: Pick<StateDirectory, 'path' | 'id'>; readonly options: Pick<StartOptions, 'caller' | 'voice'>},
): Promise<void> {
	const changes = [
		...placesInRoot(readTableOf(controller?.initPid) ?? []).map((place) => ({place, set: noDevices, isRecursive: true})),
		...placesOfImages(root).map((place) => ({place, set: inertAttributes})),
	];
	const change = await changeMounts(controller, attributeProgram(changes, begin.architecture), programPlace('images', state, caller));
	if (change === 'unable') {
		voice.notice(
			'warning',
			'image-devices',
			'Device nodes in what the sandbox sees, as in its images, can be opened',
			'Only root can prevent it, on a kernel of 5.12 or later',
		);
	} else if (change === 'failed' || readTableOf(controller?.initPid)?.every(isStill) !== true) {
		throw new WayChanged(
			'refused',
			'Device nodes in what the sandbox sees, as in its images, could be opened: what is mounted changed while it started, or this host is too busy',
			{
				hint: 'Try again; if it happens again, mount directories that nobody else writes to',
			},
		);
	}
}

/** Where something is mounted in the root itself, or in /dev, which are ours: nobody else moves these places, and what is mounted below goes with them. */
function placesInRoot(table: readonly KnownMount[]): string[] {
	const root = table.findLast(({mountPoint}) => mountPoint === '/');
	const parents = [root?.id, table.findLast(({mountPoint}) => mountPoint === devices)?.id];
	return table.filter((mount) => parents.includes(mount.parent) && !isOfContainer(mount)).map(({mountPoint}) => mountPoint);
}

function isStill(mount: KnownMount): boolean {
	return mount.flags.includes('nodev') || mount.mountPoint === '/' || isOfContainer(mount);
}

/** Where the container has device nodes of its own, which its init may use already. */
function isOfContainer({mountPoint, fileSystem}: KnownMount): boolean {
	return mountPoint === devices || (fileSystem === 'devpts' && isWithin(mountPoint, devices));
}

/** Where images are mounted, and shown once more. */
function placesOfImages({mounts}: Pick<RootPlan, 'mounts'>): string[] {
	const images = mounts.flatMap(({kind, target}) => (kind === 'image' ? target : []));
	// Of a guest-bind itself there is none.
	const shown = mounts.flatMap((mount) => (mount.kind === 'guest-bind' && images.includes(mount.source) ? mount.target : []));
	return [...images, ...shown];
}
