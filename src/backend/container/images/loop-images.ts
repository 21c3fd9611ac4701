import {readlinkSync, type BigIntStats, type Stats} from 'node:fs';
import {dirname} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../../core/clock-ms.ts';
import {ShellError} from '../../../core/errors.ts';
import {onceEach} from '../../../core/once.ts';
import {waysTo} from '../../../spec/paths.ts';
import {isFirmWay} from '../../host/files/firm-way.ts';
import {withHostLock} from '../../host/host-lock.ts';
import {ifThere} from '../../host/files/if-there.ts';
import {statInPlace} from '../../host/files/in-place.ts';
import {readMountTable} from '../../host/mounts/mount-table.ts';
import {listOrEmpty, readOrEmpty} from '../../host/files/read-or-empty.ts';
import {lookAt} from '../../host/files/root-directory.ts';
import {findWaiting, keepsOff} from '../../host/mounts/waiting-mounts.ts';
import {isThat, type LoopFile} from './file-in-loop.ts';

/** What the kernel puts behind a name that has gone. */
const removed = ' (deleted)';

/** A raw image that a container is given by a loop device. */
export interface LoopImage {
	readonly source: string;
	/** Its file system is mounted read-only: several containers may have it so at once. */
	readonly isReadonlyMount: boolean;
}

/** Which file a device (`loop0`) has; undefined: none that we may look at. Rejects where it cannot be asked. */
export type AskLoop = (device: string) => Promise<LoopFile | undefined>;

interface LoopStart {
	readonly images: readonly LoopImage[];
	/** Of all starts like this one. */
	readonly lock: string;
	create(): Promise<boolean>;
	readonly ask: AskLoop;
	readonly signal: AbortSignal | undefined;
	/** As the kernel shows them; default: this host's. */
	readonly places?: Partial<Places>;
}

interface Places {
	readonly blocks: string;
	readonly processes: string;
}

const hostPlaces: Places = {blocks: '/sys/block', processes: '/proc'};

/** How long the starts of others are waited for: longer than libvirtd may take to create one of theirs. */
const turnMs = 150_000;
/** How long a device may take to go whose sandbox has just ended, or to be seen mounted read-only, and between two looks. */
const goingMs = 2000;
const stepMs = 20;

/**
 * Creates a domain whose raw images nobody else has by a loop device: two file systems over one file would destroy it. Such a device stays
 * as long as anybody has something of it open, which a command may have handed to a sandbox that outlives its own.
 */
export async function createWithLoops({images, lock, create, ask, signal, places = {}}: LoopStart): Promise<boolean> {
	const all = {...hostPlaces, ...places};
	const attempt = async (): Promise<boolean> => {
		const until = clockMs() + goingMs;
		const find = (): Promise<Taken | undefined> => findTaken(images, ask, all);
		for (let taken = await find(); taken !== undefined; taken = await find()) {
			if (clockMs() > until) throw inUse(taken);
			await wait(stepMs, undefined, {signal});
		}
		return create();
	};
	const late = (): Error =>
		new ShellError('unavailable', `Other sandboxes with images have been starting for ${turnMs / 1000} s: which images they have cannot be told yet`, {
			hint: 'Does libvirtd answer? Try it again when they have started',
		});
	return withHostLock(lock, attempt, {waitMs: turnMs, late, signal});
}

/**
 * Refuses an image that another device has than a container's own (`loop0`), before anything is written to it: libvirtd may create what a
 * start has given up whose turn it was.
 */
export async function requireAlone(image: LoopImage, own: string, {ask, places = {}}: Pick<LoopStart, 'ask' | 'places'>): Promise<void> {
	const taken = await findTaken([image], ask, {...hostPlaces, ...places}, own);
	if (taken !== undefined) throw inUse(taken);
}

interface Taken extends LoopImage {
	/** As `loop0`. */
	readonly device: string;
}

function inUse({source, device, isReadonlyMount}: Taken): ShellError {
	return new ShellError('refused', `The image ${source} is in use: this host has it as /dev/${device}`, {
		hint: `End what uses it${isReadonlyMount ? '' : ', or let all of them mount it read-only (ro)'}; a sandbox may have something of it open that another one handed to it. Where nobody has, it was left over: losetup --detach /dev/${device}`,
	});
}

/** The file that a loop device has open, by the name that it has now, `removed` behind it once that is gone. Empty: none, or it is no loop device. */
function fileOfLoop(device: string, blocks: string): string {
	return readOrEmpty(`${blocks}/${device}/loop/backing_file`).replace(/\n$/, '');
}

/** An image that a loop device of the host has already, where that is in the way; `own`: but for this one. */
async function findTaken(images: readonly LoopImage[], ask: AskLoop, {blocks, processes}: Places, own?: string): Promise<Taken | undefined> {
	const loops = listOrEmpty(blocks).flatMap((device) => {
		const file = device !== own && /^loop\d+$/.test(device) ? fileOfLoop(device, blocks) : '';
		return file === '' ? [] : {device, file};
	});
	if (loops.length === 0) return undefined;
	const user = process.geteuid?.() ?? 0;
	// Whoever made the device may have its file where another user's program answers, or where another user has who looks there wait.
	const mayEnter = keepsOff(findWaiting(readMountTable(), user));
	const isFirm = onceEach((directory: string) => isFirmWay(directory, user));
	for (const image of images) {
		const stats = statInPlace(image.source);
		for (const {device, file} of loops) {
			const isOne = (): boolean | Promise<boolean> => {
				// Once the mount namespace of whoever made it has gone, the kernel shows the name within the file system.
				if (image.source.endsWith(file)) return mayHave(device, stats, ask).catch(() => true);
				const found = !file.endsWith(removed) && isFirm(dirname(file)) ? lookAt(file, mayEnter)?.stats : undefined;
				if (found !== undefined) return isSame(stats, found);
				// It may have another name that the image goes by, unless that is where somebody else has whoever asks wait.
				return waysTo(file).every(mayEnter) && mayHave(device, stats, ask).catch(() => false);
			};
			if (!(await isOne())) continue;
			if (image.isReadonlyMount && isMountedReadonly(readOrEmpty(`${blocks}/${device}/dev`).trim(), processes)) continue;
			return {...image, device};
		}
	}
	return undefined;
}

/**
 * Whether a device that has a file of this name has this very one: the name may be of any mount namespace. One that does not say which file it
 * has, has none that root may look at.
 */
async function mayHave(device: string, own: BigIntStats | undefined, ask: AskLoop): Promise<boolean> {
	const file = await ask(device);
	return file !== undefined && (own === undefined || isThat(file, own));
}

function isSame(one: BigIntStats | undefined, other: Stats | undefined): boolean {
	if (one === undefined || other === undefined) return false;
	// A device may have several nodes.
	if (one.isBlockDevice()) return other.isBlockDevice() && Number(one.rdev) === other.rdev;
	return Number(one.dev) === other.dev && Number(one.ino) === other.ino;
}

/** Whether someone has mounted the file system of a device (`7:0`), and read-only, in whatever mount namespace. */
function isMountedReadonly(device: string, processes: string): boolean {
	const seen = new Set<string>();
	for (const pid of listOrEmpty(processes).filter((name) => /^\d+$/.test(name))) {
		const namespace = ifThere(() => readlinkSync(`${processes}/${pid}/ns/mnt`));
		if (namespace === undefined || seen.has(namespace)) continue;
		seen.add(namespace);
		const mount = ifThere(() => readMountTable(`${processes}/${pid}`))?.find((each) => each.device === device);
		if (mount !== undefined) return mount.options.includes('ro');
	}
	return false;
}
