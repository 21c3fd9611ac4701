import type {Limit, ProcessBounds} from '../../host/process-bounds.ts';
import type {Call} from './call-program.ts';
import type {MakeCall} from './usual-calls.ts';

const notPermitted = 1;
const ofProcess = 0;
const openFiles = 7;
/** What hosts have as the hard limit of open files. */
const usualOpenFiles = [1_048_576, 524_288, 65_536, 4096];
const unlimited = 0xffff_ffff_ffff_ffffn;

/**
 * A command has its caller's umask, nice value and limits. Each as far as that can be: a container raises no limit above what libvirtd
 * has, nor its priority.
 */
export function takeBounds(call: MakeCall, {umask, nice, limits}: ProcessBounds): Call[] {
	return [
		call('umask', [umask]),
		// As an unsigned number: the kernel looks at 32 bits.
		call('setpriority', [ofProcess, 0, nice >>> 0]),
		...limits.flatMap(([soft, hard], resource) =>
			hardLimits(soft, hard, resource).map((each, index) =>
				call('prlimit64', [0, resource, writeLimits(soft, each), 0], index === 0 ? {} : {afterErrno: notPermitted}),
			),
		),
	];
}

/** The hard limits to try, in order: where nobody may have the caller's, the soft one holds. */
function hardLimits(soft: Limit, hard: Limit, resource: number): Limit[] {
	const lower = [...(resource === openFiles ? usualOpenFiles : []), soft ?? Number.POSITIVE_INFINITY];
	return [hard, ...lower.filter((each) => each < (hard ?? Number.POSITIVE_INFINITY) && (soft === null || each >= soft))];
}

function writeLimits(...limits: readonly [soft: Limit, hard: Limit]): Buffer {
	const bytes = Buffer.alloc(16);
	for (const [index, limit] of limits.entries()) bytes.writeBigUInt64LE(limit === null ? unlimited : BigInt(limit), index * 8);
	return bytes;
}
