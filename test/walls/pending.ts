import type {OwnWay} from './probe.ts';

/** A wall that does not hold yet, and the part of the work that mends it. Its tests have to fail: who mends it takes the entry away. */
export interface Pending {
	readonly id: string;
	readonly part: string;
	readonly ways: readonly OwnWay[];
}

const machines: readonly OwnWay[] = ['machine', 'session'];

function each(part: string, ways: readonly OwnWay[], ...ids: readonly string[]): Pending[] {
	return ids.map((id) => ({id, part, ways}));
}

export const pending: readonly Pending[] = [
	...each('1.2', machines, 'behind-shares'),
	...each('1.3', machines, 'device-files', 'settings', 'core-pattern', 'modprobe', 'sysrq', 'memory-settings', 'all-settings', 'uevents'),
];
