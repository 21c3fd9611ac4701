import {defaultPids} from '../../../spec/default-spec.ts';
import type {SandboxSpec} from '../../../spec/types.ts';
import type {StartOptions} from '../../types.ts';
import type {Controller} from '../controller.ts';

/** The limit of a container's processes, from its start to its end. */
export interface RunningLimit {
	/** Says so where the container was at its limit; before its end. */
	tell(): void;
	/** Nothing of it stays; after the container's end. */
	remove(): Promise<void>;
}

const none: RunningLimit = {tell: () => undefined, remove: () => Promise.resolve()};

/** Limits a container whose init still waits. Where that cannot be, a limit that was asked for is a warning; `info` tells of the other. */
export async function limitProcesses(
	{limits: {pids}}: Pick<SandboxSpec, 'limits'>,
	controller: Controller | undefined,
	voice: StartOptions['voice'],
): Promise<RunningLimit> {
	const most = pids ?? defaultPids;
	if (most === 0) return none;
	const group = await controller?.limitProcesses(most);
	if (group === undefined) {
		if (pids !== undefined) {
			const hint = 'Only root can limit it, on a kernel that counts processes (the pids controller)';
			voice.notice('warning', 'pids-limit', 'Nothing limits the number of processes of the sandbox', hint);
		}
		return none;
	}
	return {
		tell() {
			if (!group.wasReached) return;
			voice.notice('warning', 'pids-reached', `The sandbox reached its limit of ${most} processes`, 'Where it needs more, raise it with --pids');
		},
		remove: () => group.remove(),
	};
}
