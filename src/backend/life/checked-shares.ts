import {ShellError} from '../../core/errors.ts';
import {within} from '../../core/within.ts';
import type {Port} from '../guest/machine/port.ts';
import type {StateDirectory} from '../guest/state-directory.ts';
import {realPath} from '../host/real-path.ts';
import type {Caller} from '../types.ts';
import {checkShares} from './check-shares.ts';
import type {Link} from './link.ts';
import type {MachinePlan} from './machine-plan.ts';
import {peerOf} from './peer-of.ts';
import {programPlace} from './program-place.ts';
import {resolveSource} from './temporary-sources.ts';

/** QEMU has connected by the time that libvirt has made the machine; to ask who that is takes some milliseconds on a host that is not busy. */
const mostMs = 20_000;

/** What of a start the look at its shares takes. */
export interface ShareGround {
	readonly state: StateDirectory;
	readonly temporary: readonly string[];
	/** Nobody but root and QEMU's user can connect to it. */
	readonly control: Pick<Port, 'socket'>;
	readonly caller: Caller;
}

/** A link whose creates let a machine's guest begin only once its QEMU is seen to share by 9p what it was told to. */
export function linkCheckingShares(link: Link, {shared, program}: MachinePlan, {state, temporary, control, caller}: ShareGround): Link {
	// A temporary directory is ours, wherever that comes out.
	const places = shared.exports.map(({source}) => (source.startsWith('/') ? source : realPath(resolveSource(source, temporary))));
	// While libvirt makes the machine.
	const finding = control.socket.then((socket) => peerOf(socket, programPlace('peer', state, caller), program.architecture));
	finding.catch(() => undefined);
	return {
		...link,
		async create(xml, manner, descriptors) {
			if (!(await link.create(xml, {...manner, isPaused: true}, descriptors))) return false;
			checkShares(places, await findInTime(finding));
			await link.resume();
			return true;
		},
	};
}

async function findInTime(finding: Promise<number>): Promise<number> {
	try {
		if (await within(finding, mostMs)) return await finding;
	} catch (cause) {
		throw new ShellError('unavailable', 'The program cannot be run that asks which process is the QEMU of the machine', {
			hint: 'Are both the runtime directory and the cache mounted noexec? One of them has to allow programs',
			cause,
		});
	}
	throw new ShellError('failed', `It is not known after ${mostMs / 1000} s which process is the QEMU of the machine`, {hint: 'Is the host too busy?'});
}
