import {isWithin} from '../../spec/paths.ts';
import type {RootPlan} from '../guest/root-plan.ts';
import type {Plan} from '../types.ts';

/** What is told of mounts of the host that a sandbox does not see; aloud where its command starts in one. */
export function hiddenNotices({hidden, mounts}: Pick<RootPlan, 'hidden' | 'mounts'>, directory: string): Plan['notices'] {
	const covered = mounts.filter(({kind, cause, target}) => kind === 'hide' && cause === undefined && !hidden.includes(target));
	const told = [
		...hidden.map((path) => ({path, message: `The sandbox does not see what is mounted at ${path}`})),
		...covered.map(({target}) => ({path: target, message: `The sandbox sees nothing of ${target}: the host has too many mounts`})),
	];
	return told.map(({path, message}) =>
		isWithin(directory, path)
			? {level: 'warning', code: 'lacks', message: `${message}, where the command starts: mount that for it`}
			: {level: 'info', code: 'hidden-mount', message},
	);
}
