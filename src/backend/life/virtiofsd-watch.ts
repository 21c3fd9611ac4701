import {ShellError} from '../../core/errors.ts';
import {isAlive, type ProcessIdentity} from '../host/process-identity.ts';
import {readProcessWords} from '../host/processes.ts';
import {findQemu} from './machine-process.ts';
import {listVirtiofsds} from './virtiofsd-processes.ts';

/** Nobody tells of the end of a virtiofsd: libvirt does not look, and QEMU's guest waits for its files for ever. */
const lookEveryMs = 500;

export interface VirtiofsdWatch {
	/** One of a machine's virtiofsds has ended, and its QEMU goes on. Never settles where that cannot be seen. */
	readonly lost: Promise<ShellError>;
	stop(): void;
}

/** Watches the virtiofsds of a machine that was created, one a share. Only root sees which they are. */
export function watchVirtiofsds(uuid: string, shares: number): VirtiofsdWatch {
	const lost = Promise.withResolvers<ShellError>();
	const qemu = findQemu(uuid);
	const daemons = qemu === undefined ? [] : findVirtiofsds(qemu.pid);
	if (qemu === undefined || daemons.length === 0) return {lost: lost.promise, stop: () => undefined};
	const timer = setInterval(() => {
		if (daemons.length >= shares && daemons.every(isAlive)) return;
		clearInterval(timer);
		// They end with their QEMU as well, which is told by other ways.
		if (readProcessWords(qemu.pid).length > 0 && isAlive(qemu)) {
			lost.resolve(
				new ShellError('failed', 'virtiofsd has ended, by which the machine had the directories of the host', {
					hint: 'Look for its end in the log of the kernel (out of memory?) and in /var/log/libvirt/qemu/NAME-fs0-virtiofsd.log',
				}),
			);
		}
	}, lookEveryMs);
	timer.unref();
	return {lost: lost.promise, stop: () => clearInterval(timer)};
}

/** The processes at the other ends of the sockets by which a QEMU has its shares. */
function findVirtiofsds(qemu: number): ProcessIdentity[] {
	const paths = readProcessWords(qemu).flatMap((word) => /^socket,.*\bpath=(.*-fs\.sock)(?:,|$)/.exec(word)?.[1] ?? []);
	return listVirtiofsds().flatMap(({process, sockets}) => (sockets.some(({path}) => paths.includes(path)) ? process : []));
}
