import type {Mount, SandboxSpec} from '../../../spec/types.ts';
import {rootBase} from '../../guest/root/root-plan.ts';
import {stateBase} from '../../guest/state/state-directory.ts';
import type {Caller} from '../../host/caller.ts';
import {realPath} from '../../host/files/real-path.ts';
import {findClosedPlaces} from '../../host/mounts/closed-places.ts';
import type {KnownMount} from '../../host/mounts/mount-table.ts';
import {findSecondPlaces, findUnseenPlaces} from '../../host/mounts/unseen-places.ts';
import {readAccountFiles, resolveAccount, type Account} from '../../host/users.ts';
import {noteTemporary} from '../../start/temporary-sources.ts';
import {planMachineRoot, type MachineRoot} from './machine-root.ts';

/** The root of a guest with a kernel of its own, and who its command is there. */
interface GuestRoot {
	/** Prefix of its root on the host. */
	readonly base: string;
	readonly account: Account;
	readonly root: MachineRoot;
	/** Mounts whose source is a temporary directory, in order. */
	readonly temporary: readonly Mount[];
}

/** Plans it, of a spec with settled sources, without what no sandbox sees of the host. Reads, changes nothing. */
export function planGuestRoot(spec: SandboxSpec, mountTable: readonly KnownMount[], caller: Caller): GuestRoot {
	const base = rootBase(spec);
	const accounts = readAccountFiles(base);
	const account = resolveAccount(spec.user, caller, accounts);
	const temporary: Mount[] = [];
	const state = stateBase(caller);
	const ofUsers = findClosedPlaces({caller, account, accounts: base === '' ? accounts : readAccountFiles(), states: state, mountTable});
	const unseen = findUnseenPlaces(mountTable, [{path: realPath(state)}, ...ofUsers]);
	const closed = [...ofUsers, ...findSecondPlaces(mountTable, unseen)];
	const root = planMachineRoot(spec, mountTable, {
		account,
		caller: caller.uid,
		state,
		closed,
		unseen,
		temporary: (mount) => noteTemporary(temporary, mount),
	});
	return {base, account, root, temporary};
}
