import type {OwnerRecord} from '../guest/state/state-directory.ts';
import {killQemu, type MachineIdentity} from './machine-process.ts';
import {removeMachineRemains} from './machine-remains.ts';

/** Kills a machine's QEMU, which virtiofsd follows, and removes what libvirtd would have removed. Gives false when it still runs. */
export async function endOrphan(orphan: MachineIdentity & Pick<OwnerRecord, 'name'>, patienceMs: number): Promise<boolean> {
	if (!(await killQemu(orphan, patienceMs))) return false;
	const {name, uri} = orphan;
	if (name !== undefined) await removeMachineRemains({name, uri});
	return true;
}
