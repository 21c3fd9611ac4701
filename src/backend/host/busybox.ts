import {execFileSync} from 'node:child_process';
import {closeSync, existsSync, openSync, readSync, realpathSync} from 'node:fs';
import {ShellError} from '../../core/errors.ts';

const places = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];
/** As the head of an ELF file tells its kind and where its segments are described. */
const segmentsAt = 32;
const segmentBytes = 54;
const segmentCount = 56;
const interpreter = 3;
const headBytes = 4096;
const listMs = 5000;
const installHint = 'Install a static one: the package busybox-static of Debian, busybox of Fedora';

/**
 * The host path, without links, of a busybox that needs nothing of the root that it runs in; a missing one is a ShellError
 * `unavailable`. One with a loader would run whatever libraries a guest's root has, with the rights of its init.
 */
export function findBusybox(): string {
	const found = places.map((place) => `${place}/busybox`).filter((path) => existsSync(path));
	const [path] = found.filter(isStatic);
	if (path !== undefined) return realpathSync(path);
	const [dynamic] = found;
	throw new ShellError('unavailable', dynamic === undefined ? 'This host has no busybox' : `${dynamic} needs libraries, so no sandbox can begin with it`, {
		hint: installHint,
	});
}

/** Those of the applets that a busybox was built without; all, where it does not run. */
export function lackingApplets(busybox: string, applets: readonly string[]): readonly string[] {
	try {
		const has = new Set(execFileSync(busybox, ['--list'], {encoding: 'utf8', timeout: listMs, stdio: ['ignore', 'pipe', 'ignore']}).split('\n'));
		return applets.filter((applet) => !has.has(applet));
	} catch {
		return applets;
	}
}

/** A busybox, unless it lacks applets that a sandbox's init will need. */
export function requireApplets(busybox: string, applets: readonly string[]): string {
	const lacking = lackingApplets(busybox, applets);
	if (lacking.length === 0) return busybox;
	throw new ShellError('unavailable', `${busybox} was built without ${lacking.join(', ')}, which the sandbox needs`, {hint: installHint});
}

/** Whether a file is a 64-bit program that the kernel starts without a loader. */
export function isStatic(path: string): boolean {
	const head = Buffer.alloc(headBytes);
	const file = openSync(path, 'r');
	try {
		readSync(file, head, 0, headBytes, 0);
	} finally {
		closeSync(file);
	}
	if (head.toString('latin1', 0, 6) !== '\u007fELF\u0002\u0001') return false;
	const [from, bytes, count] = [Number(head.readBigUInt64LE(segmentsAt)), head.readUInt16LE(segmentBytes), head.readUInt16LE(segmentCount)];
	if (from + bytes * count > headBytes) return false;
	return Array.from({length: count}, (_, index) => head.readUInt32LE(from + index * bytes)).every((type) => type !== interpreter);
}
