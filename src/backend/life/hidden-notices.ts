import type {RootPlan} from '../guest/root-plan.ts';
import type {Plan} from '../types.ts';

/** What is told of mounts of the host that a sandbox does not see. */
export function hiddenNotices({hidden}: Pick<RootPlan, 'hidden'>): Plan['notices'] {
	return hidden.map((path) => ({level: 'info', code: 'hidden-mount', message: `The sandbox does not see what is mounted at ${path}`}));
}
