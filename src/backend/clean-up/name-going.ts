import {isDead} from '../host/process-identity.ts';
import {domainStates, listFlags, type Connection} from '../libvirt/index.ts';
import {metadataOf} from './find-domain.ts';

const callMs = 10_000;

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
