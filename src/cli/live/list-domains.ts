import {metadataUri} from '../../backend/domain/metadata.ts';
import {listFlags, type Connection, type DomainRef} from '../../backend/libvirt/index.ts';
import type {Calling, DomainRow} from '../../commands/sandboxes.ts';

/** libvirt's words for its states, by number. */
const stateWords = ['no state', 'running', 'blocked', 'paused', 'in shutdown', 'shut off', 'crashed', 'pmsuspended'] as const;

export function stateWord(state: number): string {
	return stateWords[state] ?? `state ${state}`;
}

/** The domains of a connection: those of ours that are active, or all. One that ends meanwhile is left out. */
export async function listDomains(
	connection: Connection,
	uri: string,
	{all, signal}: Calling & {readonly all: boolean},
): Promise<ReadonlyArray<{readonly row: DomainRow; readonly domain: DomainRef}>> {
	const domains = await connection.listAllDomains(all ? 0 : listFlags.active, {signal});
	const rows = await Promise.all(
		domains.map(async (domain) => {
			try {
				const [{state}, xml] = await Promise.all([connection.getState(domain, {signal}), connection.getXmlDesc(domain, 0, {signal})]);
				const id = domain.id > 0 ? String(domain.id) : undefined;
				return {domain, row: {name: domain.name, id, state: stateWord(state), uri, ours: isOurs(xml)}};
			} catch (error) {
				if (signal.aborted) {
					throw error;
				}
				return undefined;
			}
		}),
	);
	return rows
		.filter((each) => each !== undefined)
		.filter(({row}) => all || row.ours)
		.toSorted((a, b) => orderOf(a.domain) - orderOf(b.domain) || (a.row.name < b.row.name ? -1 : 1));
}

/** As virsh: those that run by their id, then the others by their name. */
function orderOf({id}: DomainRef): number {
	return id > 0 ? id : Number.MAX_SAFE_INTEGER;
}

/** Whether a domain's XML carries our metadata. */
export function isOurs(xml: string): boolean {
	return xml.includes(`='${metadataUri}'`) || xml.includes(`="${metadataUri}"`);
}
