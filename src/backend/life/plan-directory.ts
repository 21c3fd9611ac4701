import {dirname, join} from 'node:path';
import {isWithin} from '../../spec/paths.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {defaultRamTargets} from '../../spec/validate-spec.ts';
import type {SessionPlan} from '../guest/command-file.ts';
import {rootBase} from '../guest/root-plan.ts';
import {isFirmWay} from '../host/firm-way.ts';
import {isOfGuest} from './caller-places.ts';

/** Where a command starts: `cwd`, if somebody named it, else where its caller is, if that counts, or at home. */
export function planDirectory(
	spec: Pick<SandboxSpec, 'mounts' | 'root'>,
	cwd: string | undefined,
	{
		caller,
		home,
		user,
	}: {readonly caller: string | undefined; readonly home: string | undefined; /** Whose the way there may be, besides root's. */ readonly user: number},
): Pick<SessionPlan, 'directories' | 'directoryRequired' | 'isFixed'> {
	const first = cwd ?? caller ?? home ?? '/';
	const writable = [...defaultRamTargets, ...spec.mounts.flatMap(({readonly, target}) => (readonly ? [] : target))];
	return {
		directories: cwd === undefined ? [...(caller === undefined ? [] : [caller]), home ?? '/'] : [cwd],
		directoryRequired: cwd !== undefined,
		isFixed:
			writable.every((target) => target === first || !isWithin(first, target)) &&
			!isOfGuest(spec, dirname(first)) &&
			isFirmWay(join(rootBase(spec), dirname(first)), user),
	};
}
