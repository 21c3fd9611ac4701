import {listPids, readProcessWords, rootUser, userOf} from '../host/processes.ts';
import {ifThere} from '../host/files/if-there.ts';
import {readOrEmpty} from '../host/files/read-or-empty.ts';
import {identifyProcess, type ProcessIdentity} from '../host/process-identity.ts';
import {isControllerOf} from './controller.ts';

/**
 * Ends what a libvirt_lxc leaves that is killed after it has made the container's first process and before it lets that go on: the
 * process waits for ever, and holds the end of a pipe that libvirtd waits for. `givenUpBy`: nobody waits any more for the start that
 * this process began, so one that mounts what keeps it waiting ends as well, and libvirtd goes on; none that was there before.
 */
export function endStuckStart(name: string, {givenUpBy}: {readonly givenUpBy?: Pick<ProcessIdentity, 'startTime'> | undefined} = {}): void {
	for (const pid of listPids()) {
		// Whoever makes namespaces has first processes of their own, which may hold up who reads their words.
		if (userOf(pid) !== rootUser) continue;
		const status = readOrEmpty(`/proc/${pid}/status`);
		const isFirst = /^NSpid:(?:\t\d+)+\t1$/m.test(status);
		if (!isFirst || !isControllerOf({pid, words: readProcessWords(pid)}, name)) continue;
		// One that lives has its first process go on; and that tries out what it may do by one more, which is the first of another namespace.
		const parent = Number(/^PPid:\t(\d+)$/m.exec(status)?.[1]);
		const isLed = isControllerOf({pid: parent, words: readProcessWords(parent)}, name);
		if (isLed && (givenUpBy === undefined || !isYounger(pid, givenUpBy))) continue;
		// It may have gone meanwhile.
		ifThere(() => process.kill(pid, 'SIGKILL'));
	}
}

function isYounger(pid: number, than: Pick<ProcessIdentity, 'startTime'>): boolean {
	const begun = identifyProcess(pid)?.startTime;
	return begun !== undefined && Number(begun) > Number(than.startTime);
}
