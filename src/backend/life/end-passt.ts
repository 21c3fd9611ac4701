import {basename} from 'node:path';
import {setTimeout as wait} from 'node:timers/promises';
import {listProcesses, programOf, rootUser} from '../host/processes.ts';
import {readOrEmpty} from '../host/read-or-empty.ts';

/** As whom passt goes on when root begins it. */
const nobody = 65_534;
/** Of a longer name libvirt writes no more, and other machines may have the same then. */
const longestShortName = 20;
/** In /proc/net/unix: connected. */
const connected = '03';
const stepMs = 100;
const mostLooks = 10;

/**
 * Ends what libvirt has begun as the network of a machine of this name, and no QEMU has joined: it would wait for one for ever, and listen on
 * the ports that are forwarded. libvirtd was killed between the two.
 */
export async function endPasst(name: string): Promise<void> {
	// It may just be about to begin, or to go on as a process of its own.
	for (let looks = 0; looks < mostLooks; looks++) {
		const isThere = signalPasst(name);
		if (looks > 0 && !isThere) return;
		await wait(stepMs);
	}
}

/** False: there is none. */
function signalPasst(name: string): boolean {
	const users = [rootUser, nobody, process.geteuid?.() ?? rootUser];
	const isWaiting = (socket: string): boolean => socketName.exec(basename(socket))?.[1] === name && !isJoined(socket);
	const found = listProcesses(users, ({pid, words}) => programOf(pid).startsWith('passt') && isWaiting(words[words.indexOf('--socket') + 1] ?? ''));
	for (const {pid} of found) {
		try {
			process.kill(pid, 'SIGTERM');
		} catch {
			// It has ended.
		}
	}
	return found.length > 0;
}

/** As libvirt names it: by the domain's id, its name, its network. */
const socketName = new RegExp(`^\\d+-(.{1,${longestShortName}})-net\\d+\\.socket$`);

function isJoined(socket: string): boolean {
	return readOrEmpty('/proc/net/unix')
		.split('\n')
		.some((line) => line.endsWith(` ${socket}`) && line.split(/ +/)[5] === connected);
}
