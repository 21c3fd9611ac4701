import type {SandboxSpec} from '../../spec/types.ts';
import {explainLibvirtError} from '../host/libvirtd/explain-libvirt-error.ts';
import type {Link} from './link.ts';

/** Throws where libvirt lacks a network filter: a start that fails of that leaves a network link of the host's behind. */
export async function requireFilters({networks}: Pick<SandboxSpec, 'networks'>, {connection}: Pick<Link, 'connection'>, uri: string): Promise<void> {
	const names = new Set(networks.flatMap(({filter}) => filter?.name ?? []));
	for (const name of names) {
		try {
			await connection.networkFilterLookupByName(name);
		} catch (error) {
			throw explainLibvirtError(error, uri);
		}
	}
}
