import {errorCodes, hasCode, type Connection, type DomainRef} from '../libvirt/index.ts';

/** Undefined: libvirtd has none. */
export async function findDomain(uuid: string, connection: Pick<Connection, 'lookupByUuid'>): Promise<DomainRef | undefined> {
	try {
		return await connection.lookupByUuid(uuid, {timeoutMs: 10_000});
	} catch (error) {
		if (!hasCode(error, errorCodes.noDomain)) throw error;
		return undefined;
	}
}
