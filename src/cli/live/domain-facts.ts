import {readMetadata} from '../../backend/domain/metadata.ts';
import type {Connection, DomainRef} from '../../backend/libvirt/index.ts';
import {readXml} from '../../backend/xml/read-xml.ts';
import type {Calling, DomainFacts, DomainFigures, DomainRow, NetworkRow} from '../../commands/sandboxes.ts';
import {childElements, findElement} from '../../backend/xml/element.ts';
import {stateWord} from './list-domains.ts';

/** What libvirt and our metadata say of a domain. */
export async function readFacts(connection: Connection, domain: DomainRef, row: DomainRow, {signal}: Calling): Promise<DomainFacts> {
	const options = {signal, timeoutMs: 20_000};
	const [info, xml, label, leases] = await Promise.all([
		connection.getInfo(domain, options),
		connection.getXmlDesc(domain, 0, options),
		connection.getSecurityLabel(domain, options).catch(() => undefined),
		connection.interfaceAddresses(domain, 0, 0, options).catch(() => []),
	]);
	const metadata = readMetadata(await readXml(xml));
	return {
		...row,
		vcpus: info.vcpus,
		memoryKiB: info.memoryKiB,
		maximumMemoryKiB: info.maximumMemoryKiB,
		cpuTimeMs: Math.round(info.cpuTimeNs / 1e6),
		label: label === undefined || label.label === '' ? undefined : label.label,
		stateDirectory: metadata?.stateDirectory,
		ownerPid: metadata?.owner.pid,
		spec: metadata?.spec,
		addresses: leases.flatMap(({addresses}) => addresses.map(({address, prefix}) => `${address}/${prefix}`)),
	};
}

/** What domains that run used so far. Some drivers know little: what they do not know is null. */
export async function readFigures(connection: Connection, domains: readonly DomainRef[], {signal}: Calling): Promise<readonly DomainFigures[]> {
	const options = {signal, timeoutMs: 20_000};
	const figures = await Promise.all(
		domains.map(async (domain): Promise<DomainFigures | undefined> => {
			const info = await connection.getInfo(domain, options).catch(() => undefined);
			if (info === undefined) {
				return undefined;
			}
			const stats = await connection.getAllDomainStats(0, [domain], 0, options).catch(() => []);
			const parameters = stats[0]?.parameters ?? {};
			const sum = (pattern: RegExp): number | null => {
				const values = Object.entries(parameters).flatMap(([name, value]) => (pattern.test(name) && typeof value === 'number' ? [value] : []));
				return values.length === 0 ? null : Math.round(values.reduce((total, value) => total + value, 0) / 1024);
			};
			return {
				name: domain.name,
				state: stateWord(info.state),
				cpuTimeMs: Math.round(info.cpuTimeNs / 1e6),
				memoryKiB: info.memoryKiB,
				readKiB: sum(/^block\.\d+\.rd\.bytes$/),
				writtenKiB: sum(/^block\.\d+\.wr\.bytes$/),
				receivedKiB: sum(/^net\.\d+\.rx\.bytes$/),
				sentKiB: sum(/^net\.\d+\.tx\.bytes$/),
			};
		}),
	);
	return figures.filter((each) => each !== undefined);
}

/** VIR_CONNECT_LIST_NETWORKS_ACTIVE. */
const activeNetworks = 2;

/** The networks of a connection. A driver that has none gives none. */
export async function readNetworks(connection: Connection, {signal}: Calling): Promise<readonly NetworkRow[]> {
	const [networks, active] = await Promise.all([0, activeNetworks].map((flags) => connection.listAllNetworks(flags, {signal})));
	const running = new Set((active ?? []).map(({uuid}) => uuid));
	return Promise.all(
		(networks ?? []).map(async (network) => {
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
