import {usageError} from '../../../core/errors.ts';
import type {Driver} from '../../domain/driver.ts';

/** A controller has 30 ports for us: five for control, the command and the root shell, and four for each of these. */
const mostSpareConsoles = 6;

export const machineDriver: Driver = {
	name: 'machine',
	systemUri: 'qemu:///system',
	processesAreFree: "a machine's kernel is its own",
	hasMonitorEvents: true,
	findRefusals({idmap, consoles, limits: {swapKiB, pids = 0}}) {
		const refusals = [
			idmap !== undefined && usageError('A machine has users of its own and maps no ids', 'Leave the idmap out, or use a container.'),
			consoles.spare > mostSpareConsoles &&
				usageError(`A machine has at most ${mostSpareConsoles} spare consoles, not ${consoles.spare}`, 'Ask for fewer --consoles, or use a container.'),
			swapKiB !== undefined &&
				usageError('A machine has no swap limit: its memory is all it has', 'Leave --swap out, or use a container (-c lxc:///system).'),
			pids !== 0 &&
				usageError(
					'A machine has a kernel of its own, whose processes are none of the host: nothing limits their number from outside',
					'Leave --pids out, since --memory bounds them too, or use a container (-c lxc:///system).',
				),
		];
		return refusals.filter((each) => each !== false);
	},
};
