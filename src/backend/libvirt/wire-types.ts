import {MalformedData, type XdrReader, type XdrWriter} from './xdr.ts';

/** A domain as libvirt names it. */
export interface DomainRef {
	readonly name: string;
	readonly uuid: string;
	/** -1 when it does not run. */
	readonly id: number;
}

/** A virtual network as libvirt names it. */
export interface NetworkRef {
	readonly name: string;
	readonly uuid: string;
}

export function readDomain(reader: XdrReader): DomainRef {
	return {name: reader.string(), uuid: reader.uuid(), id: reader.signed()};
}

export function writeDomain(writer: XdrWriter, domain: DomainRef): void {
	writer.string(domain.name);
	writer.uuid(domain.uuid);
	writer.signed(domain.id);
}

export function readNetwork(reader: XdrReader): NetworkRef {
	return {name: reader.string(), uuid: reader.uuid()};
}

export function writeNetwork(writer: XdrWriter, network: NetworkRef): void {
	writer.string(network.name);
	writer.uuid(network.uuid);
}

/** Values of a list of virTypedParameter by their field. Whole numbers are exact up to 2^53. */
export type TypedParameters = Readonly<Record<string, number | boolean | string>>;

/** Reads a counted list of virTypedParameter. */
export function readTypedParameters(reader: XdrReader): TypedParameters {
	return Object.fromEntries(reader.array(() => [reader.string(), readTypedValue(reader)] as const));
}

function readTypedValue(reader: XdrReader): number | boolean | string {
	const type = reader.signed();
	switch (type) {
		case 1:
			return reader.signed();
		case 2:
			return reader.unsigned();
		case 3:
			return reader.signedHyper();
		case 4:
			return reader.hyper();
		case 5:
			return reader.double();
		case 6:
			return reader.boolean();
		case 7:
			return reader.string();
		default:
			throw new MalformedData(`A parameter has the unknown type ${type}`);
	}
}
