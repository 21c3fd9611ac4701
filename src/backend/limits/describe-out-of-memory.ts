import {ShellError} from '../../core/errors.ts';
import {formatSizeKiB} from '../../core/units.ts';

const killed = 137;
const hint = 'Start it with more --memory; files in a ram count too';

const usedUp = (memoryKiB: number): string => `the sandbox had used up its memory of ${formatSizeKiB(memoryKiB)}`;

/** What is said of a command that has reached its limit of memory; `status`: undefined where a fault takes its place. */
export function describeOutOfMemory(status: number | undefined, memoryKiB: number): {readonly message: string; readonly hint: string} {
	const whose = status === killed ? 'The command was killed' : 'A process of the command was killed';
	return {message: `${whose}: ${usedUp(memoryKiB)}`, hint};
}

/** What is said of a command whose sandbox has ended so. */
export function endedOutOfMemory(memoryKiB: number, cause?: unknown): ShellError {
	return new ShellError('failed', `The sandbox ended before its command’s status was known: ${usedUp(memoryKiB)}`, {hint, cause});
}
