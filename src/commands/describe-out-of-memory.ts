import {formatSizeKiB} from '../core/units.ts';

const killed = 137;

/** What is said of a command that has reached its limit of memory. */
export function describeOutOfMemory(status: number, memoryKiB: number): {readonly message: string; readonly hint: string} {
	const whose = status === killed ? 'The command was killed' : 'A process of the command was killed';
	return {
		message: `${whose}: the sandbox had used up its memory of ${formatSizeKiB(memoryKiB)}`,
		hint: 'Start it with more --memory; files in a ram count too',
	};
}
