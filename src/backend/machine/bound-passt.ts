import {join} from 'node:path';
import {qemuDriverPlace, shortDomainName} from '../host/libvirtd/qemu-driver.ts';
import {programOf} from '../host/processes.ts';
import {listOrEmpty} from '../host/files/read-or-empty.ts';
import {readPidFile} from '../host/files/read-pid-file.ts';
import type {DomainRef} from '../libvirt/index.ts';
import {boundOpenFiles, setLimits} from '../limits/set-limits.ts';
import type {MachinePlan} from './machine-plan.ts';

/** Bounds the connections of what libvirt runs as the networks of the domain with this id and name, by a program at a place. Never rejects: then there is no bound. */
export function boundPasst(
	{id, name}: Pick<DomainRef, 'id' | 'name'>,
	{uri, program}: Pick<MachinePlan, 'uri' | 'program'>,
	placeOf: () => string,
): Promise<void> {
	return setLimits(
		() => findPassts(join(qemuDriverPlace(uri), 'passt'), `${id}-${shortDomainName(name)}-`).map(boundOpenFiles),
		placeOf,
		program.architecture,
	);
}

/** By what libvirt has noted of them in its directory. */
function findPassts(directory: string, beginning: string): number[] {
	return listOrEmpty(directory).flatMap((entry) => {
		if (!entry.startsWith(beginning) || !entry.endsWith('-passt.pid')) return [];
		const pid = readPidFile(join(directory, entry));
		// One of an earlier domain may have been left, and its pid be another's by now.
		return pid !== undefined && programOf(pid).startsWith('passt') ? pid : [];
	});
}
