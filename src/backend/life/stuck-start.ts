import {readFileSync} from 'node:fs';
import {listProcesses} from '../host/processes.ts';
import {isControllerOf} from './controller.ts';

/**
 * Ends what a libvirt_lxc leaves that is killed after it has made the container's first process and before it lets that go on: the
 * process waits for ever, and holds the end of a pipe that libvirtd waits for.
 */
export function endStuckStart(name: string): void {
	const pids = listProcesses(({pid, words}) => pid > 1 && isControllerOf(words, name)).map(({pid}) => pid);
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
