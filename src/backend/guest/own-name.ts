import type {Network} from '../../spec/types.ts';
import {reservedDirectory} from '../../spec/validate-spec.ts';
import {readWithin} from '../host/files/root-directory.ts';
import {locateInRoot} from './root/locate-in-root.ts';
import type {RootPlan} from './root/root-plan.ts';

/** Below the guest's directory of pipes. */
export const hostsFile = 'hosts';

/** A guest's own /etc/hosts, which has its name besides what its root has in it. */
export interface HostsPlan {
	/** Where it is in the guest. */
	readonly target: string;
	/** What the root has in it. */
	readonly text: string;
}

const mostBytes = 256 * 1024;
/** As Debian has it for a host without an address of its own. */
const usualAddress = '127.0.1.1';

/** Undefined: the root has no such file that can be read, or one that was mounted for it. */
export function planHosts(root: RootPlan): HostsPlan | undefined {
	const {exists, mount, target} = locateInRoot(root, '/etc/hosts');
	if (!exists || mount?.kind !== 'bind' || mount.cause !== undefined || reservedDirectory(target) !== undefined) return undefined;
	try {
		const path = mount.source.slice(root.base.length) + target.slice(mount.target.length);
		const text = readWithin(root.base, path, mostBytes);
		return text === undefined ? undefined : {target, text: text === '' || text.endsWith('\n') ? text : `${text}\n`};
	} catch {
		return undefined;
	}
}

/** The line by which a guest finds itself. */
export function hostsLine(name: string, networks: readonly Network[]): string {
	const address = networks.flatMap(({addresses}) => addresses.map((each) => each.address))[0] ?? usualAddress;
	return `${address}\t${name}\n`;
}
