import {existsSync} from 'node:fs';
import {release} from 'node:os';
import {ShellError} from '../../../core/errors.ts';
import type {Image} from '../../../spec/types.ts';
import {readOrEmpty} from '../../host/files/read-or-empty.ts';

/** What of the host is looked at; a test gives another. */
interface NbdLooks {
	exists(path: string): boolean;
	/** Empty where the file is missing. */
	read(path: string): string;
}

const programs = ['/usr/bin/qemu-nbd', '/usr/local/bin/qemu-nbd', '/bin/qemu-nbd'];

/** Why this host can make no block device of an image that is not raw, and what to do; undefined: it can. */
export function findNbdLack({exists, read}: NbdLooks = {exists: existsSync, read: readOrEmpty}): {readonly what: string; readonly hint: string} | undefined {
	const modules = `/lib/modules/${release()}`;
	const hasModule = exists('/sys/block/nbd0') || ['dep', 'builtin'].some((list) => read(`${modules}/modules.${list}`).includes('/nbd.ko'));
	if (!hasModule) return {what: 'its kernel has no nbd', hint: 'Convert it: qemu-img convert -f FORMAT -O raw OLD NEW'};
	if (!programs.some(exists))
		return {what: 'it has no qemu-nbd', hint: 'Install qemu-utils (Fedora: qemu-img), or convert the image: qemu-img convert -f FORMAT -O raw OLD NEW'};
	return undefined;
}

/** Of these images those that a container gets by nbd, since they are not raw; a ShellError where the host has none for them. */
export function requireNbd(
	images: ReadonlyArray<{readonly source: string; readonly format: string}>,
	findLack: () => ReturnType<typeof findNbdLack>,
): string[] {
	const sources = images.filter(({format}) => format !== 'raw').map(({source}) => source);
	const [first] = sources;
	const lack = first === undefined ? undefined : findLack();
	if (lack !== undefined)
		throw new ShellError('unavailable', `A container cannot have ${first}, which is not raw, on this host: ${lack.what}`, {hint: lack.hint});
	return sources;
}

/** What writes it out shares the container's time, and the whole host waits for that with whoever writes everything out (sync). */
export function refuseStarved({source, format, readonly}: Image & {readonly readonly: boolean}): void {
	if (format === 'raw' || readonly) return;
	throw new ShellError('refused', `The image ${source} is not raw, and could keep the host waiting with a --cpu-quota`, {
		hint: 'Mount it read-only (,ro), use a machine (--backend machine), or leave the quota out: processor time is shared fairly as it is',
	});
}
