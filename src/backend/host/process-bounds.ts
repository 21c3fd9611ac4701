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

/** The kernel's number of the limit of open files, which Node has raised. */
const openFiles = 7;
/** By this the launchers tell what it was. */
const openFilesVariable = 'VIRT_SANDBOX_OPEN_FILES';

/** What our caller has given to us. `umask`: what it was before we set ours. */
export function readProcessBounds(umask: number, environment: NodeJS.ProcessEnv): ProcessBounds {
	// A line a resource, in the order of their numbers.
	const [, ...lines] = readFileSync('/proc/self/limits', 'utf8').trimEnd().split('\n');
	const told = environment[openFilesVariable];
	const limits = lines.map((line, resource) => {
		const [soft = '', hard = ''] = line.slice(nameWidth).trim().split(/ +/);
		return [parseLimit(resource === openFiles && told !== undefined ? told : soft), parseLimit(hard)] as const;
	});
	return {umask, nice: getPriority(), limits};
}

const nameWidth = 26;

function parseLimit(word: string): Limit {
	return /^\d+$/.test(word) ? Number(word) : null;
}
