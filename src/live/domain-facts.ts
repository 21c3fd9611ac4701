import {dirname} from 'node:path';
import {chooseDriver} from '../backend/domain/drivers.ts';
import {readMetadata} from '../backend/domain/metadata.ts';
import {placeOfStates, readOwnerRecord} from '../backend/guest/state/state-directory.ts';
import type {Caller} from '../backend/host/caller.ts';
import {isLocalUri} from '../backend/host/libvirtd/local-uri.ts';
import {procedures, type CallOptions, type Connection, type DomainRef, type InterfaceStats} from '../backend/libvirt/index.ts';
import {childElements, findElement} from '../backend/xml/element.ts';
import {readXml} from '../backend/xml/read-xml.ts';
import type {Calling, DomainFacts, DomainFigures, DomainRow, NetworkRow} from '../commands/sandboxes.ts';
import type {SandboxSpec} from '../spec/types.ts';
import {findDomainController} from './domain-controller.ts';
import {stateNow} from './list-domains.ts';

/** What libvirt and our metadata say of a domain. */
export async function readFacts(
	connection: Connection,
	domain: DomainRef,
	row: DomainRow,
	{signal, caller}: Calling & {readonly caller: Pick<Caller, 'uid' | 'environment'>},
): Promise<DomainFacts> {
	const options = {signal, timeoutMs: 20_000};
	const [info, xml, label, leases] = await Promise.all([
		connection.getInfo(domain, options),
		connection.getXmlDesc(domain, 0, options),
		connection.getSecurityLabel(domain, options).catch(() => undefined),
		connection.interfaceAddresses(domain, 0, 0, options).catch(() => []),
	]);
	const metadata = readMetadata(await readXml(xml));
	// It may have another owner by now than at its start. Elsewhere nobody looks: what defined the domain may lead anywhere.
	const isOurs = metadata !== undefined && isLocalUri(row.uri) && dirname(metadata.stateDirectory) === placeOfStates(caller);
	const record = isOurs ? readOwnerRecord(metadata.stateDirectory) : undefined;
	const group = findDomainController(domain, row.uri)?.findProcessGroup();
	// libvirt knows leases alone.
	const fixed = metadata?.spec?.networks ?? [];
	return {
		...row,
		vcpus: info.vcpus,
		memoryKiB: info.memoryKiB,
		maximumMemoryKiB: info.maximumMemoryKiB,
		cpuTimeMs: Math.round(info.cpuTimeNs / 1e6),
		processes: group?.current,
		processLimit: group?.limit ?? describeNoLimit(row.uri, metadata?.spec),
		label: label === undefined || label.label === '' ? undefined : label.label,
		stateDirectory: metadata?.stateDirectory,
		ownerPid: (record?.uuid === domain.uuid ? record : metadata)?.owner.pid,
		spec: metadata?.spec,
		addresses: [...fixed, ...leases].flatMap(({addresses}) => addresses.map(({address, prefix}) => `${address}/${prefix}`)),
	};
}

/** Why nothing limits a domain's processes, as far as can be seen. */
function describeNoLimit(uri: string, spec: SandboxSpec | undefined): string {
	const {processesAreFree} = chooseDriver(undefined, uri);
	if (processesAreFree !== undefined) return `no limit (${processesAreFree})`;
	if (spec?.limits.pids === 0) return 'no limit (as asked for)';
	return isLocalUri(uri) && process.getuid?.() === 0
		? 'no limit (the host counts no processes here)'
		: 'not known here (only root of its host sets and sees one)';
}

/** What domains that run used so far. Some drivers know little: what they do not know is null. */
export async function readFigures(
	connection: Connection,
	domains: readonly DomainRef[],
	{uri, signal}: Calling & {readonly uri: string},
): Promise<readonly DomainFigures[]> {
	const options = {signal, timeoutMs: 20_000};
	const figures = await Promise.all(
		domains.map(async (domain): Promise<DomainFigures | undefined> => {
			const info = await connection.getInfo(domain, options).catch(() => undefined);
			if (info === undefined) {
				return undefined;
			}
			const stats = await connection.getAllDomainStats(0, [domain], 0, options).catch(() => []);
			const parameters = stats[0]?.parameters ?? {};
			const sum = (pattern: RegExp): number | null =>
				sumKiB(Object.entries(parameters).flatMap(([name, value]) => (pattern.test(name) && typeof value === 'number' ? [value] : [])));
			const [received, sent] = [sum(/^net\.\d+\.rx\.bytes$/), sum(/^net\.\d+\.tx\.bytes$/)];
			const traffic = received === null ? await readTraffic(connection, domain, options) : [];
			return {
				name: domain.name,
				state: stateNow(info.state, domain, uri),
				cpuTimeMs: Math.round(info.cpuTimeNs / 1e6),
				memoryKiB: info.memoryKiB,
				processes: findDomainController(domain, uri)?.findProcessGroup()?.current ?? null,
				readKiB: sum(/^block\.\d+\.rd\.bytes$/),
				writtenKiB: sum(/^block\.\d+\.wr\.bytes$/),
				receivedKiB: received ?? sumKiB(traffic.map(({receivedBytes}) => receivedBytes)),
				sentKiB: sent ?? sumKiB(traffic.map(({sentBytes}) => sentBytes)),
			};
		}),
	);
	return figures.filter((each) => each !== undefined);
}

/** Null: nothing is known. What a driver does not know is less than 0. */
function sumKiB(bytes: readonly number[]): number | null {
	return bytes.length === 0 ? null : Math.round(bytes.reduce((total, value) => total + Math.max(0, value), 0) / 1024);
}

/** Of a driver that tells it of single interfaces alone, as LXC. Empty: there is none, or the domain has ended. */
async function readTraffic(connection: Connection, domain: DomainRef, options: CallOptions): Promise<readonly InterfaceStats[]> {
	try {
		const devices = childElements(await readXml(await connection.getXmlDesc(domain, 0, options)), 'devices');
		const interfaces = devices.flatMap((each) => childElements(each, 'interface'));
		const names = interfaces.flatMap((each) => findElement(each, 'target')?.attributes['dev'] ?? []);
		return await Promise.all(names.map((name) => connection.call(procedures.interfaceStats, [domain, name], options)));
	} catch {
		return [];
	}
}

/** VIR_CONNECT_LIST_NETWORKS_ACTIVE. */
const activeNetworks = 2;

/** The networks of a connection. A driver that has none gives none. */
export async function readNetworks(connection: Connection, {signal}: Calling): Promise<readonly NetworkRow[]> {
	const [networks, active] = await Promise.all([connection.listAllNetworks(0, {signal}), connection.listAllNetworks(activeNetworks, {signal})]);
	const running = new Set(active.map(({uuid}) => uuid));
	return Promise.all(
		networks.map(async (network) => {
			const root = await readXml(await connection.networkGetXmlDesc(network, 0, {signal}));
			const bridge = findElement(root, 'bridge')?.attributes['name'] ?? null;
			const forward = findElement(root, 'forward');
			const dhcp = childElements(root, 'ip').some((ip) => findElement(ip, 'dhcp') !== undefined);
			return {
				name: network.name,
				uuid: network.uuid,
				active: running.has(network.uuid),
				bridge,
				forward: forward === undefined ? null : (forward.attributes['mode'] ?? 'nat'),
				dhcp,
			};
		}),
	);
}
