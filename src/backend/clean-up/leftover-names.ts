import {readMetadata} from '../domain/metadata.ts';
import {isLostState} from '../guest/state/state-directory.ts';
import {isDead} from '../host/process-identity.ts';
import {listFlags, type Connection, type DomainRef} from '../libvirt/index.ts';
import {readXml} from '../xml/read-xml.ts';

const callMs = 10_000;

/**
 * Frees the names of domains of ours that have ended, and that libvirtd still lists as transient and shut off: one that was killed
 * at a bad moment finds them so when it starts again. `base`: where state directories are. `name`: only the one of this name. Gives what it freed.
 */
export async function freeLeftoverNames(
	connection: Pick<Connection, 'listAllDomains' | 'getXmlDesc' | 'destroy'>,
	base: string,
	name?: string,
): Promise<ReadonlyArray<{readonly id: string; readonly name: string}>> {
	const candidates = await connection.listAllDomains(listFlags.inactive | listFlags.transient, {timeoutMs: callMs});
	const freed: Array<{readonly id: string; readonly name: string}> = [];
	for (const domain of candidates) {
		if (name !== undefined && domain.name !== name) continue;
		const id = await findLeftoverName(connection, domain, base);
		if (id === undefined) continue;
		// It is refused, since nothing runs, and takes the domain off the list all the same.
		await connection.destroy(domain, {timeoutMs: callMs}).catch(() => undefined);
		freed.push({id, name: domain.name});
	}
	return freed;
}

/** The id of a sandbox of ours that is over for certain; one that is just starting looks the same to libvirtd, but has an owner. */
async function findLeftoverName(connection: Pick<Connection, 'getXmlDesc'>, domain: DomainRef, base: string): Promise<string | undefined> {
	try {
		const metadata = readMetadata(await readXml(await connection.getXmlDesc(domain, 0, {timeoutMs: callMs})));
		return metadata === undefined || !isDead(metadata) || !isLostState(metadata.stateDirectory, base) ? undefined : metadata.id;
	} catch {
		// Gone meanwhile.
		return undefined;
	}
}
