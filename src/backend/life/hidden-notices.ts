import type {RootPlan} from '../guest/root-plan.ts';
import type {Plan} from '../types.ts';

/** What is told of mounts of the host that a sandbox does not see. */
export function hiddenNotices({hidden, mounts}: Pick<RootPlan, 'hidden' | 'mounts'>): Plan['notices'] {
	const covered = mounts.filter(({kind, cause, target}) => kind === 'hide' && cause === undefined && !hidden.includes(target));
	const messages = [
		...hidden.map((path) => `The sandbox does not see what is mounted at ${path}`),
		...covered.map(({target}) => `The sandbox sees nothing of ${target}: the host has too many mounts`),
	];
	return messages.map((message) => ({level: 'info', code: 'hidden-mount', message}));
}
