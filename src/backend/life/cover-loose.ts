import {join} from 'node:path';
import {coverProgram} from '../guest/program/cover-program.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import type {StartOptions} from '../types.ts';
import {changeMounts} from './change-mounts.ts';
import type {ContainerPlan} from './container-plan.ts';
import type {Controller} from './controller.ts';
import {programPlace} from './program-place.ts';

/** Covers what libvirt could be led away from, in a container whose init still waits. Where that cannot be, it is a warning. */
export async function coverLoose(
	{root, begin}: Pick<ContainerPlan, 'root' | 'begin'>,
	controller: Controller | undefined,
	{state, options: {caller, voice}}: {readonly state: StateDirectory; readonly options: Pick<StartOptions, 'caller' | 'voice'>},
): Promise<void> {
	const program = coverProgram(root.loose, join(state.io, 'empty-directory'), begin.architecture);
	if (await changeMounts(controller, program, programPlace('covers', state, caller))) return;
	voice.notice(
		'warning',
		'libvirt-in-sight',
		`The sandbox sees where users have libvirt's sockets: ${root.loose.join(', ')}`,
		'Covering them takes a kernel of 5.12 or later',
	);
}
