import {once} from 'node:events';
import {connect} from 'node:net';
import {join} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {clockMs} from '../../core/clock-ms.ts';
import {within} from '../../core/within.ts';
import type {OwnerRecord} from '../guest/state/state-directory.ts';
import {lstatIfThere} from '../host/files/firm-way.ts';
import {qemuDriverPlace, qemuDriverStart, shortDomainName} from '../host/libvirtd/qemu-driver.ts';
import {listOrEmpty} from '../host/files/read-or-empty.ts';

/** As libvirt names passt's socket: by the domain's id, its name, its network. */
const socketName = /^\d+-(.+)-net\d+\.socket$/;
const mostLooks = 4;
const stepMs = 100;
const mostMs = 2000;

/**
 * Ends what libvirt has begun as the network of a machine of this name, and no QEMU has joined: it would wait for one for ever, and listen on
 * the ports that are forwarded. libvirtd was killed between the two. It ends once somebody has joined it and left; where a QEMU has
 * joined it, it turns everybody else away. So no process is asked what it is, which anybody's could claim.
 */
export async function endPasst({name, uri}: {readonly name: string} & Pick<OwnerRecord, 'uri'>, place = qemuDriverPlace(uri)): Promise<void> {
	// Most hosts have no passt.
	if (lstatIfThere(join(place, 'passt')) === undefined) return;
	const until = clockMs() + mostMs;
	const joined = new Set<string>();
	for (let look = 0; look < mostLooks; look++) {
		// It may just be about to begin.
		if (look > 0) await wait(stepMs);
		for (const path of findAbandoned(place, name)) {
			if (clockMs() > until) return;
			if (!joined.has(path) && (await joinAndLeave(path))) joined.add(path);
		}
	}
}

/**
 * The sockets by which QEMU is to join the networks of a machine of this name, made by a libvirtd that has gone: that alone would have begun
 * the QEMU. Another machine, whose name begins alike, may just start by the one that runs.
 */
function findAbandoned(place: string, name: string): string[] {
	const shortName = shortDomainName(name);
	const directory = join(place, 'passt');
	// Before the look at libvirtd: one that begins meanwhile has made none of them.
	const sockets = listOrEmpty(directory).flatMap((entry) => {
		if (socketName.exec(entry)?.[1] !== shortName) return [];
		const path = join(directory, entry);
		const stats = lstatIfThere(path);
		return stats?.isSocket() === true ? {path, madeMs: stats.mtimeMs} : [];
	});
	if (sockets.length === 0) return [];
	const begunMs = qemuDriverStart(place) ?? Number.POSITIVE_INFINITY;
	return sockets.filter(({madeMs}) => madeMs < begunMs).map(({path}) => path);
}

/** False: nobody listens there. */
async function joinAndLeave(path: string): Promise<boolean> {
	const socket = connect(path);
	try {
		return await within(once(socket, 'connect'), mostMs);
	} catch {
		return false;
	} finally {
		socket.destroy();
	}
}
