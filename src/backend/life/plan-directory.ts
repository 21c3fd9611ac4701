import {isWithin} from '../../spec/paths.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {defaultRamTargets} from '../../spec/validate-spec.ts';
import type {SessionPlan} from '../guest/command-file.ts';

/** Where a command starts: `cwd`, if somebody named it, else where its caller is, if that counts, or at home. */
export function planDirectory(
	{mounts}: Pick<SandboxSpec, 'mounts'>,
	cwd: string | undefined,
	{caller, home}: {readonly caller: string | undefined; readonly home: string | undefined},
): Pick<SessionPlan, 'directories' | 'directoryRequired' | 'isFixed'> {
	const first = cwd ?? caller ?? home ?? '/';
	const writable = [...defaultRamTargets, ...mounts.flatMap(({readonly, target}) => (readonly ? [] : target))];
	return {
		directories: cwd === undefined ? [...(caller === undefined ? [] : [caller]), home ?? '/'] : [cwd],
		directoryRequired: cwd !== undefined,
		isFixed: writable.every((target) => target === first || !isWithin(first, target)),
	};
}
