import {readdirSync, readFileSync} from 'node:fs';
import {isControllerOf} from './controller.ts';

/**
 * Ends what a libvirt_lxc leaves that is killed after it has made the container's first process and before it lets that go on: the
 * process waits for ever, and holds the end of a pipe that libvirtd waits for.
 */
export function endStuckStart(name: string): void {
	const pids = readdirSync('/proc')
		.map(Number)
		.filter((pid) => pid > 1 && isControllerOf(pid, name));
	for (const pid of pids) {
		try {
			const status = readFileSync(`/proc/${pid}/status`, 'latin1');
			const isFirst = /^NSpid:(?:\t\d+)+\t1$/m.test(status);
			const parent = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]);
			if (isFirst && !pids.includes(parent)) process.kill(pid, 'SIGKILL');
		} catch {
			// It went meanwhile.
		}
	}
}
