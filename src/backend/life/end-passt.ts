import {basename} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {listPids, programOf, readProcessWords, rootUser, userOf} from '../host/processes.ts';
import {readOrEmpty} from '../host/read-or-empty.ts';

/** As whom passt goes on when root begins it. */
const nobody = 65_534;
/** Of a longer name libvirt writes no more, and other machines may have the same then. */
const longestShortName = 20;
/** In /proc/net/unix: connected. */
const connected = '03';
const stepMs = 100;
const [sureLooks, mostLooks] = [3, 20];

/**
 * Ends what libvirt has begun as the network of a machine of this name, and no QEMU has joined: it would wait for one for ever, and listen on
 * the ports that are forwarded. libvirtd was killed between the two.
 */
export async function endPasst(name: string): Promise<void> {
	const unjoined = new Map<number, number>();
	// It may just be about to begin, or to go on as a process of its own; and the kernel's list may lack a socket while others come and go.
	for (let looks = 0; looks < mostLooks; looks++) {
		const found = findUnjoined(name);
		if (looks > 0 && found.length === 0) return;
		for (const pid of unjoined.keys()) if (!found.includes(pid)) unjoined.delete(pid);
		for (const pid of found) {
			unjoined.set(pid, (unjoined.get(pid) ?? 0) + 1);
			if (unjoined.get(pid) === sureLooks) endProcess(pid);
		}
		await wait(stepMs);
	}
}

/** Such a process is in a pid namespace of its own. */
function findUnjoined(name: string): number[] {
	const users = [rootUser, nobody, process.geteuid?.() ?? rootUser];
	return listPids().filter((pid) => {
		if (!users.includes(userOf(pid) ?? -1) || !programOf(pid).startsWith('passt')) return false;
		const words = readProcessWords(pid);
		const socket = words[words.indexOf('--socket') + 1] ?? '';
		return socketName.exec(basename(socket))?.[1] === name && !isJoined(pid, socket);
	});
}

function endProcess(pid: number): void {
	try {
		process.kill(pid, 'SIGTERM');
	} catch {
		// It has ended.
	}
}

/** As libvirt names it: by the domain's id, its name, its network. */
const socketName = new RegExp(`^\\d+-(.{1,${longestShortName}})-net\\d+\\.socket$`);

function isJoined(pid: number, socket: string): boolean {
	return readOrEmpty(`/proc/${pid}/net/unix`)
		.split('\n')
		.some((line) => line.endsWith(` ${socket}`) && line.split(/ +/)[5] === connected);
}
