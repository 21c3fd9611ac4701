import type {DomainRef, TypedParameters} from './wire-types.ts';
import type {XdrReader} from './xdr.ts';

/** The host, as libvirt counts it. */
export interface NodeInfo {
	readonly model: string;
	readonly memoryKiB: number;
	readonly cpus: number;
	readonly mhz: number;
	readonly nodes: number;
	readonly sockets: number;
	readonly cores: number;
	readonly threads: number;
}

export interface DomainInfo {
	/** See `domainStates`. */
	readonly state: number;
	readonly maximumMemoryKiB: number;
	readonly memoryKiB: number;
	readonly vcpus: number;
	readonly cpuTimeNs: number;
}

/** Of the first of the host's security models. */
export interface SecurityLabel {
	readonly label: string;
	readonly enforcing: boolean;
}

/** The first of the host's security models. */
export interface SecurityModel {
	readonly model: string;
	readonly doi: string;
}

export interface DomainStats {
	readonly domain: DomainRef;
	readonly parameters: TypedParameters;
}

/** Of the guest's side. */
export interface InterfaceStats {
	readonly receivedBytes: number;
	readonly sentBytes: number;
}

export interface InterfaceAddresses {
	readonly name: string;
	readonly mac: string | undefined;
	readonly addresses: ReadonlyArray<{readonly family: 'ipv4' | 'ipv6'; readonly address: string; readonly prefix: number}>;
}

/** virDomainMemoryStatTags. */
const memoryTags = [
	'swapIn',
	'swapOut',
	'majorFault',
	'minorFault',
	'unused',
	'available',
	'actualBalloon',
	'rss',
	'usable',
	'lastUpdate',
	'diskCaches',
	'hugetlbPageAlloc',
	'hugetlbPageFail',
] as const;

/** Sizes are KiB, faults and page allocations are counts, `lastUpdate` is seconds. What the driver does not know is absent. */
export type MemoryStats = Readonly<Partial<Record<(typeof memoryTags)[number], number>>>;

export function readNodeInfo(reader: XdrReader): NodeInfo {
	return {
		model: reader.characters(32),
		memoryKiB: reader.hyper(),
		cpus: reader.signed(),
		mhz: reader.signed(),
		nodes: reader.signed(),
		sockets: reader.signed(),
		cores: reader.signed(),
		threads: reader.signed(),
	};
}

export function readDomainInfo(reader: XdrReader): DomainInfo {
	return {
		state: reader.unsigned(),
		maximumMemoryKiB: reader.hyper(),
		memoryKiB: reader.hyper(),
		vcpus: reader.unsigned(),
		cpuTimeNs: reader.hyper(),
	};
}

export function readSecurityLabel(reader: XdrReader): SecurityLabel {
	return {label: reader.countedCharacters(), enforcing: reader.boolean()};
}

export function readSecurityModel(reader: XdrReader): SecurityModel {
	return {model: reader.countedCharacters(), doi: reader.countedCharacters()};
}

export function readMemoryStats(reader: XdrReader): MemoryStats {
	const stats: Partial<Record<(typeof memoryTags)[number], number>> = {};
	for (const [tag, value] of reader.array(() => [reader.signed(), reader.hyper()] as const)) {
		const name = memoryTags[tag];
		if (name !== undefined) {
			stats[name] = value;
		}
	}

	return stats;
}

/** Bytes, packets, errors, drops, in both ways; -1: the driver does not know. */
export function readInterfaceStats(reader: XdrReader): InterfaceStats {
	const [receivedBytes = -1, , , , sentBytes = -1] = Array.from({length: 8}, () => reader.hyper());
	return {receivedBytes, sentBytes};
}

export function readInterfaceAddresses(reader: XdrReader): InterfaceAddresses[] {
	return reader.array(() => ({
		name: reader.string(),
		mac: reader.optionalString(),
		addresses: reader.array(() => ({family: reader.signed() === 0 ? 'ipv4' : 'ipv6', address: reader.string(), prefix: reader.unsigned()}) as const),
	}));
}
