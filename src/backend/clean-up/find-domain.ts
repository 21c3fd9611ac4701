import {ShellError} from '../../core/errors.ts';
import {readMetadata} from '../domain/metadata.ts';
import {errorCodes, hasCode, type Connection, type DomainRef} from '../libvirt/index.ts';
import {readXml} from '../xml/read-xml.ts';

const callMs = 10_000;

/** Undefined: libvirtd has none. */
export async function findDomain(uuid: string, connection: Pick<Connection, 'lookupByUuid'>): Promise<DomainRef | undefined> {
	try {
		return await connection.lookupByUuid(uuid, {timeoutMs: callMs});
	} catch (error) {
		if (!hasCode(error, errorCodes.noDomain)) throw error;
		return undefined;
	}
}

/** What a domain says of itself; undefined: it is none of ours. */
export async function metadataOf(domain: DomainRef, connection: Pick<Connection, 'getXmlDesc'>): Promise<ReturnType<typeof readMetadata>> {
	return readMetadata(await readXml(await connection.getXmlDesc(domain, 0, {timeoutMs: callMs})));
}

/** A sandbox that may write to the base may have put a record there that names any domain: it is ours where it names the state directory. */
export async function requireDomainOf(path: string, domain: DomainRef, connection: Pick<Connection, 'getXmlDesc'>): Promise<void> {
	try {
		if ((await metadataOf(domain, connection))?.stateDirectory === path) return;
	} catch (error) {
		// Gone meanwhile.
		if (hasCode(error, errorCodes.noDomain)) return;
		throw error;
	}
	throw new ShellError('refused', `${path} names the domain '${domain.name}', which is not its sandbox`, {
		hint: `Somebody may have put it there: look at ${path}, and remove it yourself`,
	});
}
