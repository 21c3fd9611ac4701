import {parseUri} from '../../spec/parse/parse-uri.ts';
import type {BackendName} from '../../spec/backends.ts';
import type {OwnerRecord} from '../guest/state/state-directory.ts';

const deadlineMs = 5000;

type LeftSandbox = Pick<OwnerRecord, 'name' | 'uuid' | 'uri' | 'qemu'> & {readonly statePath?: string};

/** How a sandbox is ended without libvirt; each gives false when something of it still runs. */
interface Ways {
	/** Of one that no libvirtd looks after. */
	end(leftover: LeftSandbox, patienceMs: number): Promise<boolean>;
	/** Of one that libvirtd has ended as far as it could, and has removed what was its own. */
	kill(leftover: LeftSandbox, patienceMs: number): Promise<boolean>;
	/** Ends what of a start keeps libvirtd from what it is asked for that sandbox; undefined: nothing does. */
	readonly whileAsked?: <Result>(work: () => Promise<Result>, leftover: Pick<OwnerRecord, 'name' | 'owner'>) => Promise<Result>;
}

const endContainer: Ways['end'] = async (leftover, patienceMs) => (await import('../container/end-leftover.ts')).endLeftover(leftover, patienceMs);

/** Of those that start something. */
const ways: Readonly<Partial<Record<BackendName, Ways>>> = {
	container: {
		end: endContainer,
		kill: endContainer,
		async whileAsked(work, {name, owner}) {
			const {endWhatHangs} = await import('../container/watch-start.ts');
			return endWhatHangs(work(), () => name, {givenUpBy: owner});
		},
	},
	machine: {
		end: async (leftover, patienceMs) => (await import('../machine/end-leftover.ts')).endLeftover(leftover, patienceMs),
		kill: async (leftover, patienceMs) => (await import('../machine/machine-process.ts')).killQemu(leftover, patienceMs),
	},
};

/** Nothing of it runs. */
const nothing = Promise.resolve(true);

/** Ends a sandbox that libvirtd does not look after any more, because it is gone. Gives false when something still runs. */
export function endLeftover(record: LeftSandbox, patienceMs = deadlineMs): Promise<boolean> {
	return ways[parseUri(record.uri).backend]?.end(record, patienceMs) ?? nothing;
}

/** Does what libvirtd is asked for a sandbox that was left, and ends what keeps it from that. */
export function whileAsked<Result>(record: Pick<OwnerRecord, 'uri' | 'name' | 'owner'>, work: () => Promise<Result>): Promise<Result> {
	return ways[parseUri(record.uri).backend]?.whileAsked?.(work, record) ?? work();
}

/** Ends what libvirtd has ended, as far as that could: a container with a process that it cannot kill it lists no more. */
export function endGivenUp(record: LeftSandbox, patienceMs = deadlineMs): Promise<boolean> {
	return ways[parseUri(record.uri).backend]?.kill(record, patienceMs) ?? nothing;
}
