import {isLocalUri} from '../backend/host/libvirtd/local-uri.ts';
import {needsFreezer} from '../backend/container/cgroups/freezer.ts';
import type {DomainRef} from '../backend/libvirt/index.ts';
import {findDomainFreezer} from './domain-controller.ts';

/** Tells of containers that are suspended and resumed without libvirt, which has no events of that. Undefined: libvirt tells of all there is. */
export function watchFreezers(uri: string, onEvent: (name: string, event: 'suspended' | 'resumed') => void) {
	if (!isLocalUri(uri) || process.getuid?.() !== 0 || !needsFreezer()) return undefined;
	const ends = new Map<string, () => void>();
	const forget = ({uuid}: DomainRef): void => {
		ends.get(uuid)?.();
		ends.delete(uuid);
	};
	return {
		add(domain: DomainRef): void {
			const freezer = findDomainFreezer(domain, uri);
			if (freezer === undefined || ends.has(domain.uuid)) return;
			let wasFrozen = freezer.isFrozen;
			const look = (): void => {
				const {isFrozen} = freezer;
				if (isFrozen === wasFrozen) return;
				wasFrozen = isFrozen;
				onEvent(domain.name, isFrozen ? 'suspended' : 'resumed');
			};
			ends.set(domain.uuid, freezer.watch(look));
		},
		forget,
		close(): void {
			for (const end of ends.values()) end();
			ends.clear();
		},
	};
}
