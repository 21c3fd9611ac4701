import {parseUser} from '../../spec/parse-user.ts';
import type {SandboxSpec} from '../../spec/types.ts';
import {parseCapabilities} from '../host/capabilities.ts';
import {readAccountFiles, resolveAccount} from '../host/users.ts';
import type {Caller} from '../types.ts';

/** The user that libvirt runs a machine's QEMU as: what its label says, else libvirtd's own default. `capabilities`: what the connection gave. */
export function qemuUser({security}: SandboxSpec, capabilities: string, domainType: string, caller: Caller): {readonly uid: number; readonly gid: number} {
	const offered = parseCapabilities(capabilities).securityModels.find(({model}) => model === 'dac')?.baseLabels[domainType];
	const label = (security.mode === 'static' && security.model === 'dac' ? security.label : undefined) ?? offered ?? '+0:+0';
	// A plus says that it is a number.
	const [user = '', group = ''] = label.split(':').map((part) => part.replace(/^\+/, ''));
	const {uid, gid} = resolveAccount(parseUser(user), caller, readAccountFiles());
	return {uid, gid: /^\d+$/.test(group) ? Number(group) : gid};
}
