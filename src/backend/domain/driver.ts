import type {ShellError} from '../../core/errors.ts';
import type {BackendName} from '../../spec/backends.ts';
import type {SandboxSpec} from '../../spec/types.ts';

/** One hypervisor that can host sandboxes. */
export interface Driver {
	readonly name: BackendName;
	/** The URI of the host's own daemon. */
	readonly systemUri: string;
	/** Why its processes are never limited; undefined: they may be. */
	readonly processesAreFree: string | undefined;
	/** Whether libvirt passes on what the hypervisor itself tells of its domains. */
	readonly hasMonitorEvents: boolean;
	/** What a spec asks for that this hypervisor cannot give. */
	findRefusals(spec: SandboxSpec): ShellError[];
}
