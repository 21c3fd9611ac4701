import {innermost, isWithin} from '../../spec/paths.ts';
import type {RootPlan} from '../guest/root/root-plan.ts';
import type {Plan} from '../types.ts';

/** What is told of mounts of the host that a sandbox does not see; aloud where its command starts in one. */
export function hiddenNotices({hidden, mounts}: Pick<RootPlan, 'hidden' | 'mounts'>, directory: string): Plan['notices'] {
	const isAsked = (path: string): boolean => innermost(mounts, path, ({target}) => target)?.cause !== undefined;
	const lacked = hidden.filter((path) => !isAsked(path));
	const covered = mounts.flatMap(({kind, cause, target}) => (kind === 'hide' && cause === undefined && !hidden.includes(target) ? target : []));
	return [
		...lacked.map((path) => ({level: 'info', code: 'hidden-mount', message: `The sandbox does not see what is mounted at ${path}`}) as const),
		...covered.map(
			(path) => ({level: 'info', code: 'hidden-mount', message: `The sandbox sees nothing of ${path}: the host has too many mounts`}) as const,
		),
		...[...lacked, ...covered].flatMap((path) => (isWithin(directory, path) && !isAsked(directory) ? startsInNothing(path) : [])),
	];
}

function startsInNothing(path: string): Plan['notices'][number] {
	return {
		level: 'warning',
		code: 'lacks',
		message: `The command starts in a directory that is empty in the sandbox, which does not see what the host has at ${path}; -m host-bind:${path}=${path} shows it`,
	};
}
