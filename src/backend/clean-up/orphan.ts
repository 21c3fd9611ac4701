import {parseUri} from '../../spec/parse/parse-uri.ts';
import type {BackendName} from '../../spec/types.ts';
import type {OwnerRecord} from '../guest/state/state-directory.ts';

const deadlineMs = 5000;

type Orphan = Pick<OwnerRecord, 'name' | 'uuid' | 'uri' | 'qemu'> & {readonly statePath?: string};

/** How a sandbox is ended without libvirt; each gives false when something of it still runs. */
interface Ways {
	/** Of one that no libvirtd looks after. */
	end(orphan: Orphan, patienceMs: number): Promise<boolean>;
	/** Of one that libvirtd has ended as far as it could, and has removed what was its own. */
	kill(orphan: Orphan, patienceMs: number): Promise<boolean>;
}

const endContainer: Ways['end'] = async (orphan, patienceMs) => (await import('../container/end-orphan.ts')).endOrphan(orphan, patienceMs);

const ways: Readonly<Record<BackendName, Ways>> = {
	container: {end: endContainer, kill: endContainer},
	machine: {
		end: async (orphan, patienceMs) => (await import('../machine/end-orphan.ts')).endOrphan(orphan, patienceMs),
		kill: async (orphan, patienceMs) => (await import('../machine/machine-process.ts')).killQemu(orphan, patienceMs),
	},
};

/** Ends a sandbox that libvirtd does not look after any more, because it is gone. Gives false when something still runs. */
export function endOrphan(record: Orphan, patienceMs = deadlineMs): Promise<boolean> {
	return ways[parseUri(record.uri).backend].end(record, patienceMs);
}

/** Ends what libvirtd has ended, as far as that could: a container with a process that it cannot kill it lists no more. */
export function endGivenUp(record: Orphan, patienceMs = deadlineMs): Promise<boolean> {
	return ways[parseUri(record.uri).backend].kill(record, patienceMs);
}
