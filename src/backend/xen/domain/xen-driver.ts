import {usageError, type ShellError} from '../../../core/errors.ts';
import type {SandboxSpec} from '../../../spec/types.ts';
import type {Driver} from '../../domain/driver.ts';

const instead = 'Leave it out, or use a machine (--backend machine).';

/** What libvirt's Xen driver (libxl) would leave out without a word, or has nothing for. */
const lacking: ReadonlyArray<readonly [isAsked: (spec: SandboxSpec) => boolean, message: string]> = [
	[({idmap}) => idmap !== undefined, 'A guest of Xen has users of its own and maps no ids'],
	[({limits}) => limits.swapKiB !== undefined, 'A guest of Xen has no swap limit: its memory is all it has'],
	[({limits: {pids}}) => pids !== undefined && pids !== 0, 'A guest of Xen has a kernel of its own: nothing limits its processes from outside'],
	[
		({limits}) => limits.cpuShares !== undefined || limits.cpuQuotaPercent !== undefined || limits.ioWeight !== undefined,
		"Libvirt's Xen driver takes no limits of processor time and disks from a domain's XML",
	],
	[({networks}) => networks.some(({user}) => user), 'A guest of Xen has no user network'],
	[
		({networks}) => networks.some(({filter, isolated}) => filter !== undefined || isolated),
		"Libvirt's Xen driver applies no filters, and isolates nobody on a network",
	],
	[({security: {mode}}) => mode !== undefined && mode !== 'none', "Libvirt's Xen driver gives no labels to its guests"],
	[({kernel: {accel}}) => accel !== 'auto', 'A guest of Xen runs on Xen itself: there is no other way to run it'],
];

export const xenDriver: Driver = {
	name: 'xen',
	systemUri: 'xen:///system',
	processesAreFree: "a Xen guest's kernel is its own",
	hasMonitorEvents: false,
	findRefusals: (spec): ShellError[] => lacking.filter(([isAsked]) => isAsked(spec)).map(([, message]) => usageError(message, instead)),
};
