import {ShellError} from '../../core/errors.ts';
import {within} from '../../core/within.ts';
import {mayLeadOn} from '../../spec/image-formats.ts';
import {checkImage} from '../guest/image/check-image.ts';
import type {HeldDevices} from '../guest/image/held-devices.ts';
import type {StateDirectory} from '../guest/state/state-directory.ts';
import type {Caller} from '../host/caller.ts';
import {readMountTable} from '../host/mounts/mount-table.ts';
import {realPath} from '../host/files/real-path.ts';
import type {Link} from '../start/link.ts';
import {programPlace} from '../guest/program/program-place.ts';
import {resolveSource} from '../start/temporary-sources.ts';
import type {Port} from './ports/port.ts';
import {checkOpened} from './check-opened.ts';
import type {MachinePlan} from './machine-plan.ts';
import {peerOf} from './peer-of.ts';

/** QEMU has connected by the time that libvirt has made the machine; to ask who that is takes some milliseconds on a host that is not busy. */
const mostMs = 20_000;

/** What of a start the look at what its QEMU has opened takes. */
export interface OpenedBasis {
	readonly state: StateDirectory;
	readonly temporary: readonly string[];
	/** Nobody but root and QEMU's user can connect to it. */
	readonly control: Pick<Port, 'socket'>;
	readonly caller: Caller;
	readonly held: HeldDevices;
}

/** A link whose creates let a machine's guest begin only once its QEMU is seen to share by 9p, and to have as images, what it was told to. */
export function linkCheckingOpened(link: Link, {shared, root, program}: MachinePlan, {state, temporary, control, caller, held}: OpenedBasis): Link {
	// A temporary directory is ours, wherever that comes out.
	const shares = shared.exports.map(({source}) => (source.startsWith('/') ? source : realPath(resolveSource(source, temporary))));
	// While libvirt makes the machine.
	const finding = control.socket.then((socket) => peerOf(socket, programPlace('peer', state, caller), program.architecture));
	finding.catch(() => undefined);
	// What images that may lead to other files have opened cannot be told from what others have.
	const canTellStrays = root.disks.some(({format}) => format !== 'raw') && !root.disks.some(mayLeadOn);
	return {
		...link,
		async create(xml, manner, descriptors) {
			// Once more right before it: since the plan was made they may have been written to.
			const images = root.disks.map((disk) => ({source: disk.source, identity: checkImage(disk, held)}));
			if (!(await link.create(xml, {...manner, isPaused: true}, descriptors))) return false;
			const qemu = await findInTime(finding);
			const rest = checkOpened({shares, images}, qemu);
			if (canTellStrays) {
				const {checkStrays} = await import('./check-strays.ts');
				checkStrays(rest, {qemu, mountTable: readMountTable(), user: caller.uid});
			}
			await link.resume();
			return true;
		},
	};
}

async function findInTime(finding: Promise<number>): Promise<number> {
	try {
		if (await within(finding, mostMs)) return await finding;
	} catch (cause) {
		throw new ShellError('unavailable', 'The program that asks which process is the QEMU of the machine cannot be run', {
			hint: 'Are both the runtime directory and the cache mounted noexec? One of them has to allow programs',
			cause,
		});
	}
	throw new ShellError('failed', `It is not known after ${mostMs / 1000} s which process is the QEMU of the machine`, {hint: 'Is the host too busy?'});
}
