import {readFileSync} from 'node:fs';
import {getPriority} from 'node:os';

/** A limit of the kernel's; null: none. */
export type Limit = number | null;

/** What a process hands down to those that it starts, beside directory and environment. */
export interface ProcessBounds {
	readonly umask: number;
	readonly nice: number;
	/** Soft and hard limits, by the kernel's numbers of resources. */
	readonly limits: ReadonlyArray<readonly [soft: Limit, hard: Limit]>;
}

/** The kernel's number of the limit of open files. */
export const openFiles = 7;
/** By this the launchers tell what that was before Node raised it. */
const openFilesVariable = 'VIRT_SANDBOX_OPEN_FILES';

/** What our caller has given to us. `umask`: what it was before we set ours. */
export function readProcessBounds(umask: number, environment: NodeJS.ProcessEnv): ProcessBounds {
	const told = environment[openFilesVariable];
	const limits = readLimits('self').map(([soft, hard], resource) => [resource === openFiles && told !== undefined ? parseLimit(told) : soft, hard] as const);
	return {umask, nice: getPriority(), limits};
}

/** The limits of a process, by the kernel's numbers of resources. Throws where it has ended, or may not be asked. */
export function readLimits(pid: number | 'self'): ProcessBounds['limits'] {
	// A line a resource, in the order of their numbers.
	const [, ...lines] = readFileSync(`/proc/${pid}/limits`, 'utf8').trimEnd().split('\n');
	return lines.map((line) => {
		const [soft = '', hard = ''] = line.slice(nameWidth).trim().split(/ +/);
		return [parseLimit(soft), parseLimit(hard)];
	});
}

const nameWidth = 26;

function parseLimit(word: string): Limit {
	return /^\d+$/.test(word) ? Number(word) : null;
}
