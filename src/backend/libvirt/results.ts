import type {DomainRef, TypedParameters} from './wire-types.ts';
import type {XdrReader} from './xdr.ts';

/** The host, as libvirt counts it. */
export type NodeInfo = Readonly<ReturnType<typeof readNodeInfo>>;

export type DomainInfo = Readonly<ReturnType<typeof readDomainInfo>>;

/** Of the first of the host's security models. */
export type SecurityLabel = Readonly<ReturnType<typeof readSecurityLabel>>;

/** The first of the host's security models. */
export type SecurityModel = Readonly<ReturnType<typeof readSecurityModel>>;

export interface DomainStats {
	readonly domain: DomainRef;
	readonly parameters: TypedParameters;
}

/** Of the guest's side. */
export type InterfaceStats = Readonly<ReturnType<typeof readInterfaceStats>>;

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

export function readNodeInfo(reader: XdrReader) {
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

export function readDomainInfo(reader: XdrReader) {
	return {
		/** See `domainStates`. */
		state: reader.unsigned(),
		maximumMemoryKiB: reader.hyper(),
		memoryKiB: reader.hyper(),
		vcpus: reader.unsigned(),
		cpuTimeNs: reader.hyper(),
	};
}

export function readSecurityLabel(reader: XdrReader) {
	return {label: reader.countedCharacters(), enforcing: reader.boolean()};
}

export function readSecurityModel(reader: XdrReader) {
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
export function readInterfaceStats(reader: XdrReader) {
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
