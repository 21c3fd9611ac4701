import {usageError, type ShellError} from '../../core/errors.ts';
import {parseUri} from '../../spec/parse/parse-uri.ts';
import type {BackendName, SandboxSpec} from '../../spec/types.ts';

/** One hypervisor that can host sandboxes. */
interface Driver {
	readonly name: BackendName;
	/** Of its URIs. */
	readonly scheme: string;
	/** The URI of the host's own daemon. */
	readonly systemUri: string;
	/** Why its processes are never limited; undefined: they may be. */
	readonly processesAreFree: string | undefined;
	/** Whether libvirt passes on what the hypervisor itself tells of its domains. */
	readonly hasMonitorEvents: boolean;
	/** What a spec asks for that this hypervisor cannot give. */
	findRefusals(spec: SandboxSpec): ShellError[];
}

const container: Driver = {
	name: 'container',
	scheme: 'lxc',
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

/** A controller has 30 ports for us: five for control, the command and the root shell, and four for each of these. */
const mostSpareConsoles = 6;

const machine: Driver = {
	name: 'machine',
	scheme: 'qemu',
	systemUri: 'qemu:///system',
	processesAreFree: "a machine's kernel is its own",
	hasMonitorEvents: true,
	findRefusals(spec) {
		const refusals: ShellError[] = [];
		if (spec.idmap !== undefined) {
			refusals.push(usageError('A machine has users of its own and maps no ids', 'Leave the idmap out, or use a container.'));
		}
		if (spec.consoles.spare > mostSpareConsoles) {
			refusals.push(
				usageError(
					`A machine has at most ${mostSpareConsoles} spare consoles, not ${spec.consoles.spare}`,
					'Ask for fewer --consoles, or use a container.',
				),
			);
		}
		if (spec.limits.swapKiB !== undefined) {
			refusals.push(usageError('A machine has no swap limit: its memory is all it has', 'Leave --swap out, or use a container (-c lxc:///system).'));
		}
		if (spec.limits.pids !== undefined && spec.limits.pids !== 0) {
			refusals.push(
				usageError(
					'A machine has a kernel of its own, whose processes are none of the host: nothing limits their number from outside',
					'Leave --pids out, since --memory bounds them too, or use a container (-c lxc:///system).',
				),
			);
		}
		return refusals;
	},
};

/** Every hypervisor, by the name of its backend. */
export const drivers = {container, machine} as const satisfies Readonly<Record<BackendName, Driver>>;

/** The driver of a URI; throws where a backend was asked for too and is another. */
export function chooseDriver(backend: BackendName | undefined, uri: string): (typeof drivers)[BackendName] {
	const driver = drivers[parseUri(uri).backend];
	if (backend !== undefined && backend !== driver.name) {
		throw usageError(`The URI '${uri}' is of a ${driver.name}, not of a ${backend}`, `Use -c ${drivers[backend].systemUri}, or leave --backend out.`);
	}
	return driver;
}
