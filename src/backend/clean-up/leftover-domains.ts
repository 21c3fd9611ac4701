import {readMetadata} from '../domain/metadata.ts';
import {isDead} from '../host/process-identity.ts';
import {removeProfile} from '../labels/remove-profile.ts';
import {listFlags, type Connection, type DomainRef} from '../libvirt/index.ts';
import {readXml} from '../xml/read-xml.ts';
import {isLostState} from '../guest/state/state-directory.ts';
import {removeLeftoverCgroups} from '../container/cgroups/container-cgroups.ts';
import type {Cleaned} from './leftovers.ts';

const callMs = 10_000;
const destroyMs = 30_000;

/**
 * Ends the running sandboxes of ours, known by their metadata, that have lost both their state directory and their owner, so that
 * nothing else would ever find them. One that was started to be kept stays, and that is told. `base`: where state directories are.
 */
export async function removeLeftoverDomains(connection: Pick<Connection, 'listAllDomains' | 'getXmlDesc' | 'destroy'>, base: string): Promise<Cleaned[]> {
	const cleaned: Cleaned[] = [];
	for (const domain of await connection.listAllDomains(listFlags.active, {timeoutMs: callMs})) {
		const found = await findLeftoverDomain(connection, domain, base);
		if (found === undefined) continue;
		const {id, isKept} = found;
		const {name} = domain;
		if (isKept) {
			cleaned.push({id, name, result: 'kept'});
			continue;
		}
		try {
			await connection.destroy(domain, {timeoutMs: destroyMs});
			await removeProfile(domain.uuid);
			await removeLeftoverCgroups(name);
			cleaned.push({id, name, result: 'removed'});
		} catch (fault) {
			cleaned.push({id, name, result: 'failed', fault});
		}
	}
	return cleaned;
}

/** Undefined for one that is not ours, or whose owner or state directory is there, or that a newer version wrote: that one knows. */
async function findLeftoverDomain(
	connection: Pick<Connection, 'getXmlDesc'>,
	domain: DomainRef,
	base: string,
): Promise<{readonly id: string; readonly isKept: boolean} | undefined> {
	try {
		const metadata = readMetadata(await readXml(await connection.getXmlDesc(domain, 0, {timeoutMs: callMs})));
		if (metadata?.spec === undefined || !isDead(metadata) || !isLostState(metadata.stateDirectory, base)) return undefined;
		return {id: metadata.id, isKept: metadata.spec.lifetime === 'keep'};
	} catch {
		// Gone meanwhile.
		return undefined;
	}
}
