import type {OwnerRecord} from '../guest/state/state-directory.ts';
import {killQemu, type MachineIdentity} from './machine-process.ts';
import {removeLeftoverMachine} from './leftover-machine.ts';

/** Kills a machine's QEMU, which virtiofsd follows, and removes what libvirtd would have removed. Gives false when it still runs. */
export async function endLeftover(leftover: MachineIdentity & Pick<OwnerRecord, 'name'>, patienceMs: number): Promise<boolean> {
	if (!(await killQemu(leftover, patienceMs))) return false;
	const {name, uri} = leftover;
	if (name !== undefined) await removeLeftoverMachine({name, uri});
	return true;
}
