import {isLocalUri} from '../backend/host/libvirtd/local-uri.ts';
import {findController, type Controller} from '../backend/container/controller.ts';
import type {Freezer} from '../backend/container/cgroups/freezer.ts';
import type {DomainRef} from '../backend/libvirt/index.ts';

/** Of a container of this host, which root may see. */
export function findDomainController({id, name}: DomainRef, uri: string): Controller | undefined {
	return isLocalUri(uri) ? findController(id, name) : undefined;
}

/** What suspends a container in libvirt's place; undefined: libvirt does that, or nobody can. */
export function findDomainFreezer(domain: DomainRef, uri: string): Freezer | undefined {
	return findDomainController(domain, uri)?.findFreezer();
}
