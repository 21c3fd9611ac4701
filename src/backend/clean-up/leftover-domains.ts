import {isLostState} from '../guest/state/state-directory.ts';
import {isDead} from '../host/process-identity.ts';
import {removeProfile} from '../labels/remove-profile.ts';
import {domainStates, listFlags, type Connection, type DomainRef} from '../libvirt/index.ts';
import {removeLeftoverCgroups} from '../container/cgroups/container-cgroups.ts';
import {metadataOf} from './find-domain.ts';
import type {Cleaned} from './leftovers.ts';

const callMs = 10_000;
const destroyMs = 30_000;

type Domains = Pick<Connection, 'listAllDomains' | 'getXmlDesc' | 'destroy'>;

/**
 * Ends the running sandboxes of ours, known by their metadata, that have lost both their state directory and their owner, so that
 * nothing else would ever find them. One that was started to be kept stays, and that is told. `base`: where state directories are.
 */
export async function removeLeftoverDomains(connection: Domains, base: string): Promise<Cleaned[]> {
	const cleaned: Cleaned[] = [];
	for (const domain of await connection.listAllDomains(listFlags.active, {timeoutMs: callMs})) {
		const found = await readLeft(domain, connection, base);
		// A newer version wrote it: that one knows.
		if (found?.spec === undefined) continue;
		const {id, spec} = found;
		const {name} = domain;
		if (spec.lifetime === 'keep') {
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

/**
 * Frees the names of domains of ours that have ended, and that libvirtd still lists as transient and shut off: one that was killed
 * at a bad moment finds them so when it starts again. `base`: where state directories are. `name`: only the one of this name. Gives what it freed.
 */
export async function freeLeftoverNames(
	connection: Domains,
	base: string,
	name?: string,
): Promise<ReadonlyArray<{readonly id: string; readonly name: string}>> {
	const candidates = await connection.listAllDomains(listFlags.inactive | listFlags.transient, {timeoutMs: callMs});
	const freed: Array<{readonly id: string; readonly name: string}> = [];
	for (const domain of candidates) {
		if (name !== undefined && domain.name !== name) continue;
		// One that is just starting looks the same to libvirtd, but has an owner.
		const found = await readLeft(domain, connection, base);
		if (found === undefined) continue;
		// It is refused, since nothing runs, and takes the domain off the list all the same.
		await connection.destroy(domain, {timeoutMs: callMs}).catch(() => undefined);
		freed.push({id: found.id, name: domain.name});
	}
	return freed;
}

/** What of a connection tells whether a name becomes free. */
export type NameSource = Pick<Connection, 'lookupByName' | 'getState' | 'getXmlDesc' | 'listAllDomains'>;

/** Whether the domain with this name gives it back soon: it is ending, or it is a sandbox that ends with its client, who has gone. */
export async function isNameGoing(connection: NameSource, name: string): Promise<boolean> {
	const options = {timeoutMs: callMs};
	try {
		const domain = await connection.lookupByName(name, options);
		const {state} = await connection.getState(domain, options);
		if (state === domainStates.running || state === domainStates.blocked || state === domainStates.paused || state === domainStates.pmSuspended) {
			const metadata = await metadataOf(domain, connection);
			return metadata !== undefined && metadata.spec?.lifetime !== 'keep' && isDead(metadata);
		}
		const stored = await connection.listAllDomains(listFlags.inactive | listFlags.persistent, options);
		return stored.every((other) => other.name !== name);
	} catch {
		// Gone meanwhile.
		return true;
	}
}

/** Undefined for a domain that is not ours, or whose owner or state directory is there. */
async function readLeft(domain: DomainRef, connection: Domains, base: string): ReturnType<typeof metadataOf> {
	try {
		const metadata = await metadataOf(domain, connection);
		return metadata !== undefined && isDead(metadata) && isLostState(metadata.stateDirectory, base) ? metadata : undefined;
	} catch {
		// Gone meanwhile.
		return undefined;
	}
}
