import {existsSync} from 'node:fs';
import {stateBase} from '../../backend/guest/state/state-directory.ts';
import {findLeftovers} from '../../backend/clean-up/leftovers.ts';
import {readOrEmpty} from '../../backend/host/files/read-or-empty.ts';
import {isUsual} from '../../backend/host/mounts/cgroup-mounts.ts';
import {readMountTable, visibleOf, type HostMount} from '../../backend/host/mounts/mount-table.ts';
import type {Finding} from '../../commands/sandboxes.ts';
import {ShellError} from '../../core/errors.ts';
import {safeText} from '../../core/text.ts';
import {broken, missing, ok, pasted, unknown, type DiagnoseOptions} from './finding.ts';

/** Rights, control groups, user namespaces, security modules and leftovers. */
export async function* checkHost({caller}: DiagnoseOptions): AsyncGenerator<Finding> {
	yield caller.uid === 0
		? ok('rights', 'user', 'root: containers and machines')
		: missing('rights', 'user', 'not root: machines of qemu:///session only', 'run as root, or ask root to put you into the group libvirt');
	yield checkCgroups();
	yield checkUserNamespaces();
	// What root's containers take is root's to see to.
	if (caller.uid === 0) yield checkIds();
	yield* checkLabels();
	yield checkLeftovers(caller);
}

function checkLeftovers(caller: DiagnoseOptions['caller']): Finding {
	let base: string;
	try {
		base = stateBase(caller);
	} catch (error) {
		if (!(error instanceof ShellError)) throw error;
		return missing('leftovers', 'state', error.message, error.hint ?? null);
	}
	const leftovers = findLeftovers(base);
	return leftovers.length === 0
		? ok('leftovers', 'state', 'nothing is left of earlier sandboxes')
		: broken('leftovers', 'state', `${leftovers.length} sandboxes left something: ${leftovers.map(({id}) => id).join(', ')}`, 'virt-sandbox-shell clean');
}

/** `mounts`: of this process; a test gives others. */
export function checkCgroups(mounts: ReadonlyArray<Pick<HostMount, 'mountPoint' | 'fileSystem'>> = visibleOf(readMountTable())): Finding {
	const all = mounts.filter(({fileSystem}) => fileSystem === 'cgroup2' || fileSystem === 'cgroup');
	const unified = all.some(({fileSystem}) => fileSystem === 'cgroup2');
	const legacy = all.some(({fileSystem}) => fileSystem === 'cgroup');
	const second = all.find((mount) => !isUsual(mount));
	if (second !== undefined && all.some(isUsual)) {
		const place = safeText(second.mountPoint);
		return broken(
			'cgroups',
			'hierarchies',
			`mounted a second time at ${place}: libvirtd would mount them there in every container, so it starts none (our own leaves them out)`,
			`umount ${pasted(place)}`,
		);
	}
	if (unified && legacy) {
		return ok('cgroups', 'hierarchies', 'both kinds are mounted: a libvirtd must not see the unified one (ours does not)');
	}
	return unified || legacy
		? ok('cgroups', 'hierarchies', unified ? 'unified' : 'legacy')
		: missing('cgroups', 'hierarchies', 'none is mounted: no container starts', 'mount -t cgroup2 none /sys/fs/cgroup');
}

function checkUserNamespaces(): Finding {
	const most = Number.parseInt(readOrEmpty('/proc/sys/user/max_user_namespaces'), 10);
	if (Number.isNaN(most)) {
		return unknown('namespaces', 'user', 'the kernel does not say whether it has user namespaces');
	}
	return most > 0
		? ok('namespaces', 'user', `${most} may be made`)
		: broken('namespaces', 'user', 'none may be made', 'sysctl -w user.max_user_namespaces=10000');
}

/** Containers whose ids are mapped to others of the host take ids that are set aside for that; whether they work is tried by checkIdmap. */
function checkIds(): Finding {
	const entries = [...readOrEmpty('/etc/subuid').matchAll(/^([^:#\s]+):(\d+):(\d+)$/gm)];
	const root = entries.find(([, name]) => name === 'root' || name === '0');
	return root === undefined
		? missing(
				'idmap',
				'subuid',
				'no ids are set aside for root: a container with mapped ids would take some that others may use',
				'usermod --add-subuids 100000-165535 --add-subgids 100000-165535 root',
			)
		: ok('idmap', 'subuid', `${root[3] ?? ''} ids from ${root[2] ?? ''} on`);
}

function* checkLabels(): Generator<Finding> {
	if (existsSync('/sys/fs/selinux/enforce')) {
		const enforcing = readOrEmpty('/sys/fs/selinux/enforce') === '1';
		yield enforcing ? ok('labels', 'selinux', 'enforcing') : broken('labels', 'selinux', 'permissive: labels are set and not enforced', 'setenforce 1');
	}
	if (existsSync('/sys/kernel/security/apparmor')) {
		yield ok('labels', 'apparmor', 'the kernel enforces profiles');
	}
	if (!existsSync('/sys/fs/selinux/enforce') && !existsSync('/sys/kernel/security/apparmor')) {
		yield missing('labels', 'model', 'neither SELinux nor AppArmor is active: sandboxes have no label', null);
	}
}
