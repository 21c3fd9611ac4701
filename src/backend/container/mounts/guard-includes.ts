import {ShellError} from '../../../core/errors.ts';
import {unfollowedAttribute} from '../../guest/program/usual-calls.ts';
import {ioTarget} from '../../guest/root/root-plan.ts';
import type {StateDirectory} from '../../guest/state/state-directory.ts';
import {findOpenDirectory} from '../../host/files/open-directory.ts';
import type {StartOptions} from '../../types.ts';
import {programPlace} from '../../guest/program/program-place.ts';
import type {ContainerPlan} from '../container-plan.ts';
import type {Controller} from '../controller.ts';
import {attributeProgram} from './attribute-program.ts';
import {changeMounts} from './change-mounts.ts';

/**
 * Has no link followed in the directories that a container's init copies from, which still waits: whoever may write there could put one
 * in the place of a file just when that is copied. Where that cannot be, nobody else may write there.
 */
export async function guardIncludes(
	{includes, begin}: Pick<ContainerPlan, 'includes' | 'begin'>,
	controller: Controller | undefined,
	{state, options: {caller}}: {readonly state: StateDirectory; readonly options: Pick<StartOptions, 'caller'>},
): Promise<void> {
	const directories = includes.filter(({isDirectory}) => isDirectory);
	const changes = directories.map(({name}) => ({place: `${ioTarget}/${name}`, set: unfollowedAttribute}));
	const program = attributeProgram(changes, begin.architecture);
	if ((await changeMounts(controller, program, programPlace('includes', state, caller))) === 'done') return;
	for (const {source} of directories) {
		const open = findOpenDirectory(source, caller.uid);
		if (open === undefined) continue;
		throw new ShellError('refused', `Nothing is copied from ${source}: others may write to ${open}, and could have any file copied from there`, {
			hint: 'Copy a directory that nobody else writes to. Only root can prevent it, on a kernel of 5.14 or later',
		});
	}
}
