import {lstatSync, readlinkSync} from 'node:fs';
import {basename} from 'node:path';
import {ShellError} from '../../../core/errors.ts';
import {safeText} from '../../../core/text.ts';
import type {Image} from '../../../spec/types.ts';
import {once} from '../../../core/once.ts';
import type {ProgramArchitecture} from '../../guest/program/program-file.ts';
import {deviceNumbers} from '../../host/files/file-identity.ts';
import {ifThere} from '../../host/files/if-there.ts';
import {identifyProcess, type ProcessIdentity} from '../../host/process-identity.ts';
import {identityInPlace, statInPlace} from '../../host/files/in-place.ts';
import {readMountTable, type KnownMount} from '../../host/mounts/mount-table.ts';
import {mountTreeOf} from '../../host/mounts/mount-tree.ts';
import {isOpenedAt, listOpened, type OpenedFile} from '../../host/files/opened-files.ts';
import {listProcesses, rootUser} from '../../host/processes.ts';
import {cgroupsOf} from '../cgroups/cgroups-of.ts';
import type {ContainerPlan} from '../container-plan.ts';
import type {Controller} from '../controller.ts';
import {fileInLoop, isThat} from './file-in-loop.ts';
import {identifyLoop, type OwnLoop} from './handed-on.ts';
import {requireAlone} from './loop-images.ts';

/** The processes and devices by which a container writes to its images. */
interface Writing {
	readonly servers: readonly ProcessIdentity[];
	readonly loops: readonly OwnLoop[];
}

/**
 * Refuses a container, before anything but its waiting init runs in it, that has another file than one of its images: libvirt and qemu-nbd
 * open them by name after we have looked, and whoever writes to a directory on the way may have put a link there meanwhile.
 *
 * What was opened is right where it is the very file that lies at the image's place, to which no link leads. Only root is told; else nothing
 * is checked. `asking`: where a program may lie that asks loop devices. Gives by what images are written to.
 */
export async function checkOpenedImages(
	plan: Pick<ContainerPlan, 'root' | 'disks' | 'loopImages' | 'begin'>,
	controller: Controller | undefined,
	asking: string,
): Promise<Writing> {
	if (controller?.initPid === undefined) return {servers: [], loops: []};
	const {initPid} = controller;
	const servers: ProcessIdentity[] = [];
	const loops: OwnLoop[] = [];
	for (const {image, isReadonly, findBlock} of listGiven(plan, initPid)) {
		try {
			const block = findBlock();
			if (image.format === 'raw') {
				const {architecture} = plan.begin;
				requireInPlace(image, await isInLoop(image, block, {controller: controller.pid, path: asking, architecture}));
				const loop = plan.loopImages.find(({source}) => source === image.source);
				if (loop !== undefined) await requireAlone(loop, block, {ask: (device) => fileInLoop(`/dev/${device}`, asking, architecture)});
				if (!isReadonly) loops.push(identifyLoop(image.source, block));
			} else {
				const serving = checkServed(image, block, initPid);
				if (!isReadonly) servers.push(...serving);
			}
		} catch (error) {
			// Else nobody lets us look; and where the init has gone there is nothing to see, which is told elsewhere.
			if (error instanceof ShellError && controller.isInitAlive()) throw error;
		}
	}
	return {servers, loops};
}

interface GivenImage {
	readonly image: Image;
	readonly isReadonly: boolean;
	/** What the container has it by, as `loop0`; empty: nothing. Throws where that cannot be seen. */
	findBlock(): string;
}

function listGiven({root, disks}: Pick<ContainerPlan, 'root' | 'disks'>, init: number): GivenImage[] {
	const tree = once(() => mountTreeOf(readMountTable(`/proc/${init}`)));
	return [
		...root.mounts.flatMap((image) =>
			image.kind === 'image' ? {image, isReadonly: image.readonly, findBlock: () => blockOfMount(tree().placeOf(image.target)?.mount)} : [],
		),
		...disks.map((image) => ({image, isReadonly: image.readonly, findBlock: () => blockOfNode(`/proc/${init}/root/dev/${image.node}`)})),
	];
}

/** btrfs has a number of its own, and says itself what it lies on. */
function blockOfMount(mount: KnownMount | undefined): string {
	if (mount === undefined) return '';
	return mount.device.startsWith('0:') ? basename(mount.source) : blockOf(mount.device);
}

function blockOfNode(path: string): string {
	return blockOf(deviceNumbers(lstatSync(path).rdev).join(':'));
}

function blockOf(device: string): string {
	return basename(ifThere(() => readlinkSync(`/sys/dev/block/${device}`)) ?? '');
}

interface LoopBasis {
	/** Whose `/dev` has the device: we may have another one. */
	readonly controller: number;
	readonly path: string;
	readonly architecture: ProgramArchitecture;
}

async function isInLoop({source}: Image, device: string, {controller, path, architecture}: LoopBasis): Promise<boolean> {
	const stats = statInPlace(source);
	if (stats === undefined || device === '') return false;
	try {
		return isThat(await fileInLoop(`/proc/${controller}/root/dev/${device}`, path, architecture), stats);
	} catch (cause) {
		throw new ShellError('unavailable', `This process cannot see whether /dev/${device} has the image ${source}`, {
			hint: 'May this process open that device? Is the host too busy, or are both the runtime directory and the cache mounted noexec?',
			cause,
		});
	}
}

/** What any program has open beside what it works on. */
const harmless = new Set(['/dev/null', '/dev/random', '/dev/urandom']);

/** The same for an image that is not raw: qemu-nbd is to have opened it, and nothing else of the host, where that is not allowed. */
function checkServed(image: Image, block: string, init: number): ProcessIdentity[] {
	const device = `/dev/${block}`;
	const own = new Set(groupsOf(init));
	// A host without control groups, or one that we see none of: nobody can tell which process serves it.
	if (own.size === 0) return [];
	const servers = findServers(device, own);
	const files = servers.flatMap(listFiles);
	const identity = identityInPlace(image.source);
	const isImage = (file: OpenedFile): boolean => isOpenedAt(file, image.source, identity);
	requireInPlace(image, files.some(isImage));
	const other = files.find((file) => file.place === undefined || (file.place !== device && !harmless.has(file.place) && !isImage(file)));
	if (other === undefined || image.chain) return servers.flatMap((pid) => identifyProcess(pid) ?? []);
	throw new ShellError('refused', `The image ${image.source} changed while the sandbox started: it leads to ${safeText(other.name)}`, {
		hint: 'Whoever may write to it may have done that. Add chain=yes if everything that it refers to may be opened',
	});
}

/** Anybody may call a process so, and has none among those of the container, where libvirt puts what serves its images. */
function findServers(device: string, own: ReadonlySet<string>): number[] {
	const servers = listProcesses([rootUser], ({words}) => words[0]?.endsWith('/qemu-nbd') === true && words[words.indexOf('-c') + 1] === device);
	return servers.map(({pid}) => pid).filter((pid) => groupsOf(pid).some((group) => own.has(group)));
}

/** The cgroups that are the container's as a whole: the init may be in one below. */
function groupsOf(pid: number): string[] {
	return cgroupsOf(pid).map(({path}) => /^.*\/(?:lxc-|machine-lxc)[^/]*/.exec(path)?.[0] ?? path);
}

/** The files that a process has open, but for its standard streams. */
function listFiles(pid: number): OpenedFile[] {
	return listOpened(pid).filter(({number, name}) => number > 2 && name.startsWith('/'));
}

function requireInPlace({source}: Image, isInPlace: boolean): void {
	if (isInPlace) return;
	throw new ShellError('refused', `The way to the image ${source} changed while the sandbox started`, {
		hint: 'Try again; if it happens again, keep images in directories that nobody else writes to',
	});
}
