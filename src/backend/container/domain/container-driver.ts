import {usageError, type ShellError} from '../../../core/errors.ts';
import type {Driver} from '../../domain/driver.ts';

export const containerDriver: Driver = {
	name: 'container',
	systemUri: 'lxc:///system',
	processesAreFree: undefined,
	hasMonitorEvents: false,
	findRefusals(spec) {
		const refusals: ShellError[] = [];
		const {kernel} = spec;
		if (kernel.version !== undefined || kernel.path !== undefined || kernel.modules !== undefined || kernel.accel !== 'auto') {
			refusals.push(
				usageError(
					"A container runs on the host's kernel and takes no kernel of its own",
					'Leave the kernel options out, or use a machine (-c qemu:///system).',
				),
			);
		}
		if (spec.hostname !== undefined && spec.hostname !== spec.name) {
			refusals.push(
				usageError(
					`A container's host name is its name and cannot be '${spec.hostname}'`,
					`Leave the host name out, or name the sandbox '${spec.hostname}'.`,
				),
			);
		}
		if (spec.networks.some(({forwards}) => forwards.length > 0)) {
			refusals.push(
				usageError(
					'A container is on a network of libvirt, which forwards no ports',
					'Reach it by its own address, or use a machine (--backend machine).',
				),
			);
		} else if (spec.networks.some(({user}) => user)) {
			refusals.push(usageError("A container has no user network, which is QEMU's own", 'Leave user out, or use a machine (--backend machine).'));
		}
		return refusals;
	},
};
