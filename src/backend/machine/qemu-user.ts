import {basename} from 'node:path';
import {ShellError} from '../../core/errors.ts';
import {parseUser} from '../../spec/parse/parse-user.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import type {Caller} from '../host/caller.ts';
import {parseCapabilities} from '../host/libvirtd/capabilities.ts';
import {findAccount, readAccountFiles, resolveAccount, type AccountFiles} from '../host/users.ts';

/** The user that a machine's QEMU runs as. */
export interface QemuUser {
	readonly uid: number;
	readonly gid: number;
}

/** Only root, and the user that QEMU runs as, see what it has open. */
export function requireSeen({uid}: Pick<QemuUser, 'uid'>, caller: Pick<Caller, 'uid'>): void {
	if (caller.uid !== 0 && caller.uid !== uid) throw unseen();
}

/** By 9p QEMU reads and writes as the user that it runs as. */
export function requireRoot({uid}: Pick<QemuUser, 'uid'>, caller: Pick<Caller, 'uid'>): void {
	if (uid === 0 || caller.uid !== 0) return;
	throw new ShellError('unavailable', `This host's QEMU runs as the user ${uid}, who could not share the directories of root's machine by 9p`, {
		hint: 'Install virtiofsd, or run a container, or the machine as an ordinary user (qemu:///session)',
	});
}

const noShells = ['nologin', 'false'];
const firstPerson = 1000;
const nobody = 65_534;

/**
 * Where QEMU runs as a person, any process of theirs can take its place, and see of the host what root's machine is given: as root sees
 * it. An account without a shell is that of a service; of ids that /etc/passwd does not name nobody can tell, but for the low ones.
 */
export function requireService({uid}: Pick<QemuUser, 'uid'>, caller: Pick<Caller, 'uid'>, files: AccountFiles = readAccountFiles()): void {
	if (caller.uid !== 0 || uid === 0) return;
	const account = findAccount(uid, files);
	const isService = account === undefined ? uid < firstPerson || uid === nobody : noShells.includes(basename(account.shell));
	if (isService) return;
	const who = account?.name ?? String(uid);
	throw new ShellError('refused', `QEMU would run as ${who}, who could then see what root's machine sees of this host`, {
		hint: `Run the machine as ${who} (qemu:///session), or QEMU as a user that nobody logs in as (user in qemu.conf, or the label)`,
	});
}

/** Why a machine is refused whose QEMU nobody lets us look at. */
export function unseen(cause?: unknown): ShellError {
	return new ShellError('unavailable', 'This process cannot see which files and directories the QEMU of the machine has opened', {
		hint: 'Is QEMU another user’s? Run it as root, or in qemu:///session',
		cause,
	});
}

/** The user that libvirt runs a machine's QEMU as: what its label says, else libvirtd's own default. `capabilities`: what the connection gave. */
export function qemuUser({security}: SandboxSpec, capabilities: string, domainType: string, caller: Caller): QemuUser {
	const offered = parseCapabilities(capabilities).securityModels.find(({model}) => model === 'dac')?.baseLabels[domainType];
	const label = (security.mode === 'static' && security.model === 'dac' ? security.label : undefined) ?? offered ?? '+0:+0';
	// A plus says that it is a number.
	const [user = '', group = ''] = label.split(':').map((part) => part.replace(/^\+/, ''));
	const {uid, gid} = resolveAccount(parseUser(user), caller, readAccountFiles());
	return {uid, gid: /^\d+$/.test(group) ? Number(group) : gid};
}
