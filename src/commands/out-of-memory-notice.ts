import {describeOutOfMemory} from '../backend/limits/describe-out-of-memory.ts';
import type {Output} from '../core/output.ts';

/** Tells of a command that has reached its limit of memory. */
export function outOfMemoryNotice(status: number | undefined, memoryKiB: number): Output {
	return {kind: 'notice', level: 'error', code: 'memory-limit', ...describeOutOfMemory(status, memoryKiB)};
}
