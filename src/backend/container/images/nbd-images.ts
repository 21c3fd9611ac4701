import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../../core/clock-ms.ts';
import {ifThere} from '../../host/files/if-there.ts';
import {withHostLock} from '../../host/host-lock.ts';
import {identifyProcess, isAlive, type ProcessIdentity} from '../../host/process-identity.ts';
import {listProcesses, rootUser, type RunningProcess} from '../../host/processes.ts';
import {LibvirtError} from '../../libvirt/index.ts';
import {isInContainer} from '../cgroups/cgroups-of.ts';

/** A start may be made so many times, with pauses up to this long, in ms, times the tries; and for so long, where a slow host takes its time with a device. */
const most = 8;
const pauseMs = 150;
const mostMs = 20_000;
/** How long the starts of others are waited for. */
const turnMs = 60_000;
/** A qemu-nbd that serves nothing after this time has lost a race for its device, and waits for itself: libvirt would wait with it. */
const stuckMs = 10_000;
/** How long a qemu-nbd may take to write all out and go. */
const endMs = 5000;
const stepMs = 20;

/**
 * libvirt takes the first device that looks free, so of two containers that start at once one finds it taken, and so does one that
 * starts while another ends; and it may look for a qemu-nbd that has gone already.
 */
const lostRace =
	/qemu-nbd: Failed to (?:set NBD socket|read initial magic|bind socket to|connect to)|\/qemu-nbd .*\) unexpected fatal signal|Unable to write to '\S*\/cgroup\.procs': No such process/;

/** The device may not have its size yet. One without a known file system fails in the same way, so this is not tried for long. */
const unmounted = /Failed to mount device \S*\/dev\/nbd\d/;

/** Once an earlier try has opened it, it is that try's own qemu-nbd, which takes its time to go. */
const inUse = /qemu-nbd: Failed to blk_new_open '[^']*': Failed to get /;

interface NbdStart {
	readonly images: readonly string[];
	/** Of all starts like this one. */
	readonly lock: string;
	create(): Promise<boolean>;
	readonly signal: AbortSignal | undefined;
}

/** Creates a domain whose images come by nbd, one after the other: begun anew, without what is left of it, when it lost a race for a device. */
export async function createWithNbd({images, lock, create, signal}: NbdStart): Promise<boolean> {
	const begun = clockMs();
	let fault: unknown;
	for (let tries = 1; ; tries++) {
		const attempt = (): Promise<boolean> => createOnce(images, create);
		try {
			signal?.throwIfAborted();
			return await withHostLock(lock, attempt, {waitMs: turnMs, signal});
		} catch (error) {
			const text = error instanceof Error && error.cause instanceof LibvirtError ? error.cause.text : '';
			const isOwnRest = tries > 1 && inUse.test(text);
			if (!isOwnRest) fault = error;
			const isWorth = isOwnRest || lostRace.test(text) ? tries < most || clockMs() - begun < mostMs : unmounted.test(text) && tries < most;
			if (!isWorth) throw fault;
			await wait(Math.random() * pauseMs * Math.min(tries, most), undefined, {signal});
		}
	}
}

async function createOnce(images: readonly string[], create: () => Promise<boolean>): Promise<boolean> {
	const before = new Set(findServers(images).map(({pid}) => pid));
	// One of another start that has the same image read-only, and is about to put it into its container, looks the same.
	const findOwn = (): Server[] => findServers(images).filter(({pid}) => !before.has(pid) && !isInContainer(pid));
	const stuck = setTimeout(() => {
		const own = findOwn();
		for (const server of own) if (isStarting(server, own)) send(server, 'SIGKILL');
	}, stuckMs);
	try {
		return await create();
	} catch (error) {
		// libvirt_lxc forgets those whose container did not come to be.
		await endServers(findOwn());
		throw error;
	} finally {
		clearTimeout(stuck);
	}
}

/** A process of libvirt's that serves an image to an nbd device. */
interface Server extends ProcessIdentity {
	readonly image: string;
}

/** Whether the process that libvirt waits for is still there, beside the one that is to serve. */
function isStarting({image, pid}: Server, all: readonly Server[]): boolean {
	return all.some((each) => each.image === image && each.pid !== pid);
}

function findServers(images: readonly string[]): Server[] {
	const isServer = ({words}: RunningProcess): boolean =>
		words[0]?.endsWith('/qemu-nbd') === true && words.includes('-c') && images.includes(words.at(-1) ?? '');
	return listProcesses([rootUser], isServer).flatMap(({pid, words}) => {
		const identity = identifyProcess(pid);
		return identity === undefined ? [] : {...identity, image: words.at(-1) ?? ''};
	});
}

/** TERM lets it write out what it holds and free its device; one that does not hear it has nothing to write. */
async function endServers(servers: readonly ProcessIdentity[]): Promise<void> {
	for (const server of servers) send(server, 'SIGTERM');
	for (const until = clockMs() + endMs; servers.some(isAlive) && clockMs() < until;) await wait(stepMs);
	for (const server of servers) send(server, 'SIGKILL');
}

function send(server: ProcessIdentity, signal: 'SIGKILL' | 'SIGTERM'): void {
	// It may go between the two.
	ifThere(() => isAlive(server) && process.kill(server.pid, signal));
}
