import {metadataUri} from '../backend/domain/metadata.ts';
import type {Connection} from '../backend/libvirt/index.ts';
import {listFlags} from '../backend/libvirt/index.ts';
import type {Calling, DomainRow} from '../commands/sandboxes.ts';

/** libvirt's words for its states, by number. */
const stateWords = ['no state', 'running', 'blocked', 'paused', 'in shutdown', 'shut off', 'crashed', 'pmsuspended'] as const;

/** The domains of a connection: those of ours that are active, or all. One that ends meanwhile is left out. */
export async function listDomains(connection: Connection, uri: string, {all, signal}: Calling & {readonly all: boolean}): Promise<readonly DomainRow[]> {
	const domains = await connection.listAllDomains(all ? 0 : listFlags.active, {signal});
	const rows = await Promise.all(
		domains.map(async (domain) => {
			try {
				const [{state}, xml] = await Promise.all([connection.getState(domain, {signal}), connection.getXmlDesc(domain, 0, {signal})]);
				const id = domain.id > 0 ? String(domain.id) : undefined;
				return {name: domain.name, id, state: stateWords[state] ?? `state ${state}`, uri, ours: xml.includes(`='${metadataUri}'`)};
			} catch (error) {
				if (signal.aborted) {
					throw error;
				}
				return undefined;
			}
		}),
	);
	return rows.filter((row) => row !== undefined).filter((row) => all || row.ours);
}
