import {setTimeout as wait} from 'node:timers/promises';
import {identifyProcess, isAlive, type ProcessIdentity} from '../host/process-identity.ts';
import {listProcesses} from '../host/processes.ts';
import {LibvirtError} from '../libvirt/index.ts';
import {isInContainer} from './controller.ts';

/** A start may be made so many times, with pauses up to this long, in ms, times the tries. */
const most = 8;
const pauseMs = 150;
/** How long a qemu-nbd may take to write all out and go. */
const endMs = 5000;
const stepMs = 20;

/**
 * libvirt takes the first device that looks free, so of two containers that start at once one finds it taken; and it may look for a
 * file system before the device has its size, or for a qemu-nbd that has gone already. A device without one that is known looks the same.
 */
const lostRace =
	/qemu-nbd: Failed to (?:set NBD socket|read initial magic|bind socket to)|Failed to mount device \S*\/dev\/nbd\d|Unable to write to '\S*\/cgroup\.procs': No such process/;

/** Creates a domain whose images come by nbd: begun anew, without what is left of it, when it lost a race for a device. */
export async function createWithNbd(images: readonly string[], create: () => Promise<boolean>, signal: AbortSignal | undefined): Promise<boolean> {
	for (let tries = 1; ; tries++) {
		const before = new Set(findServers(images).map(({pid}) => pid));
		try {
			return await create();
		} catch (error) {
			// libvirt_lxc forgets those whose container did not come to be. One of another start that has the same image read-only, and
			// is about to put it into its container, looks the same and ends too: as a rule that start has lost a race then, and is begun anew.
			await endServers(findServers(images).filter(({pid}) => !before.has(pid) && !isInContainer(pid)));
			const isLostRace = error instanceof Error && error.cause instanceof LibvirtError && lostRace.test(error.cause.text);
			if (!isLostRace || tries === most) throw error;
			await wait(Math.random() * pauseMs * tries, undefined, {signal});
		}
	}
}

/** The processes of libvirt's that serve one of these images to an nbd device. */
function findServers(images: readonly string[]): ProcessIdentity[] {
	return listProcesses().flatMap(({pid, words}) => {
		const isServer = words[0]?.endsWith('/qemu-nbd') === true && words.includes('-c') && images.includes(words.at(-1) ?? '');
		return isServer ? (identifyProcess(pid) ?? []) : [];
	});
}

/** TERM lets it write out what it holds and free its device. */
async function endServers(servers: readonly ProcessIdentity[]): Promise<void> {
	for (const server of servers) {
		try {
			if (isAlive(server)) process.kill(server.pid, 'SIGTERM');
		} catch {
			// It went between the two.
		}
	}
	for (const until = performance.now() + endMs; servers.some(isAlive) && performance.now() < until;) await wait(stepMs);
}
