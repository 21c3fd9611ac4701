import {metadataUri} from '../backend/domain/metadata.ts';
import {domainStates, errorCodes, hasCode, LibvirtError, listFlags, type Connection, type DomainRef} from '../backend/libvirt/index.ts';
import type {Calling, DomainRow} from '../commands/sandboxes.ts';
import {findDomainFreezer} from './domain-controller.ts';

/** A domain and the reference that calls take. */
interface ListedDomain {
	readonly row: DomainRow;
	readonly domain: DomainRef;
}

/** libvirt's words for its states, by number. */
const stateWords = ['no state', 'running', 'blocked', 'paused', 'in shutdown', 'shut off', 'crashed', 'pmsuspended'] as const;

/** The word for a domain's state, one that libvirt knows nothing of included. */
export function stateNow(state: number, domain: DomainRef, uri: string): string {
	const now = state === domainStates.running && findDomainFreezer(domain, uri)?.isFrozen === true ? domainStates.paused : state;
	return stateWords[now] ?? `state ${now}`;
}

/** The domains of a connection: those of ours that are active, or all. One that ends meanwhile is left out. */
export async function listDomains(connection: Connection, uri: string, {all, signal}: Calling & {readonly all: boolean}): Promise<readonly ListedDomain[]> {
	// A list for each common state costs less than a question about each domain.
	const [domains, running, paused] = await Promise.all(
		[all ? 0 : listFlags.active, listFlags.running, listFlags.paused].map((flags) => connection.listAllDomains(flags, {signal})),
	);
	const known = new Map<string, number>();
	for (const {uuid} of running ?? []) known.set(uuid, domainStates.running);
	for (const {uuid} of paused ?? []) known.set(uuid, domainStates.paused);
	const listed = await Promise.all((domains ?? []).map((domain) => describe(connection, domain, known.get(domain.uuid), {uri, signal})));
	return listed
		.filter((each) => each !== undefined)
		.filter(({row}) => all || row.ours)
		.toSorted((a, b) => orderOf(a.domain) - orderOf(b.domain) || (a.row.name < b.row.name ? -1 : 1));
}

/** The domain of that name; undefined: there is none. */
export async function findDomain(connection: Connection, uri: string, name: string, {signal}: Pick<Calling, 'signal'>): Promise<ListedDomain | undefined> {
	try {
		return await describe(connection, await connection.lookupByName(name, {signal}), undefined, {uri, signal});
	} catch (error) {
		if (hasCode(error, errorCodes.noDomain)) return undefined;
		throw error;
	}
}

async function describe(
	connection: Connection,
	domain: DomainRef,
	known: number | undefined,
	{uri, signal}: {readonly uri: string; readonly signal: AbortSignal},
): Promise<ListedDomain | undefined> {
	const isActive = domain.id > 0;
	try {
		const [state, xml] = await Promise.all([
			known ?? connection.getState(domain, {signal}).then((answer) => answer.state),
			// Ours are never defined to stay, so one that does not run is another's.
			isActive ? connection.getXmlDesc(domain, 0, {signal}) : '',
		]);
		return {
			domain,
			row: {
				name: domain.name,
				id: isActive ? String(domain.id) : undefined,
				state: stateNow(state, domain, uri),
				uri,
				uuid: domain.uuid,
				ours: isOurs(xml),
			},
		};
	} catch (error) {
		// Whatever libvirtd has against one domain, the others can be told.
		if (signal.aborted || !(error instanceof LibvirtError)) throw error;
		return undefined;
	}
}

/** As virsh: those that run by their id, then the others by their name. */
function orderOf({id}: DomainRef): number {
	return id > 0 ? id : Number.MAX_SAFE_INTEGER;
}

/** Whether a domain's XML carries our metadata. */
function isOurs(xml: string): boolean {
	return xml.includes(`='${metadataUri}'`) || xml.includes(`="${metadataUri}"`);
}
