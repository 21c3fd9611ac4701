import type {DomainRef, TypedParameters} from './wire-types.ts';
import type {XdrReader} from './xdr.ts';

export type DomainInfo = Readonly<ReturnType<typeof readDomainInfo>>;

/** Of the first of the host's security models. */
export type SecurityLabel = Readonly<ReturnType<typeof readSecurityLabel>>;

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
