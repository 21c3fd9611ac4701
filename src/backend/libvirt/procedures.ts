import {readDomainInfo, readInterfaceAddresses, readInterfaceStats, readSecurityLabel, type DomainStats} from './results.ts';
import {readDomain, readNetwork, readTypedParameters, writeDomain, writeNetwork, type DomainRef, type NetworkRef} from './wire-types.ts';
import type {XdrReader, XdrWriter} from './xdr.ts';

/** One call: its number, how its arguments are written and its result is read. */
export interface Procedure<Args extends readonly unknown[], Result> {
	readonly name: string;
	readonly number: number;
	readonly write: (writer: XdrWriter, ...args: Args) => void;
	readonly read: (reader: XdrReader) => Result;
	/** Which of `programs` it is of; default REMOTE. */
	readonly program?: number;
	/** How long libvirtd may take where the caller does not say; default 60,000. */
	readonly timeoutMs?: number;
}

const noArguments = (): void => undefined;
const noResult = (): void => undefined;
const oneString = (reader: XdrReader): string => reader.string();
const writeString = (writer: XdrWriter, text: string): void => writer.string(text);
const writeFlags = (writer: XdrWriter, flags: number): void => writer.unsigned(flags);

function writeDomainFlags(writer: XdrWriter, domain: DomainRef, flags: number): void {
	writeDomain(writer, domain);
	writer.unsigned(flags);
}

function writeDomainAndTwo(writer: XdrWriter, domain: DomainRef, first: number, second: number): void {
	writeDomainFlags(writer, domain, first);
	writer.unsigned(second);
}

function writeDevice(writer: XdrWriter, domain: DomainRef, xml: string, flags: number): void {
	writeDomain(writer, domain);
	writeXml(writer, xml, flags);
}

function writeXml(writer: XdrWriter, xml: string, flags: number): void {
	writer.string(xml);
	writer.unsigned(flags);
}

function define<Args extends readonly unknown[], Result>(
	name: string,
	number: number,
	write: (writer: XdrWriter, ...args: Args) => void,
	read: (reader: XdrReader) => Result,
	timeoutMs?: number,
): Procedure<Args, Result> {
	return timeoutMs === undefined ? {name, number, write, read} : {name, number, write, read, timeoutMs};
}

/** REMOTE_DOMAIN_LIST_MAX. */
const maximumDomains = 16_384;

/** Starting a guest may take long on a busy host. */
const startTimeoutMs = 120_000;

/** A filter is named as a network is. */
function writeNetworkAndFlags(writer: XdrWriter, network: NetworkRef, flags: number): void {
	writeNetwork(writer, network);
	writer.unsigned(flags);
}

/** The calls that this client knows; numbers and shapes are those of libvirt's remote_protocol.x. */
export const procedures = {
	open: define(
		'CONNECT_OPEN',
		1,
		(writer, name: string, flags: number) => {
			writer.optionalString(name);
			writer.unsigned(flags);
		},
		noResult,
	),
	close: define('CONNECT_CLOSE', 2, noArguments, noResult),
	getType: define('CONNECT_GET_TYPE', 3, noArguments, oneString),
	getCapabilities: define('CONNECT_GET_CAPABILITIES', 7, noArguments, oneString),
	createXml: define('DOMAIN_CREATE_XML', 10, writeXml, readDomain, startTimeoutMs),
	/** Of the test driver alone: ours defines nothing. */
	defineXml: define('DOMAIN_DEFINE_XML', 11, writeString, readDomain),
	undefine: define('DOMAIN_UNDEFINE', 35, writeDomain, noResult),
	createXmlWithFiles: define('DOMAIN_CREATE_XML_WITH_FILES', 309, writeXml, readDomain, startTimeoutMs),
	destroy: define('DOMAIN_DESTROY', 12, writeDomain, noResult),
	getXmlDesc: define('DOMAIN_GET_XML_DESC', 14, writeDomainFlags, oneString),
	getInfo: define('DOMAIN_GET_INFO', 16, writeDomain, readDomainInfo),
	lookupByName: define('DOMAIN_LOOKUP_BY_NAME', 23, writeString, readDomain),
	lookupByUuid: define('DOMAIN_LOOKUP_BY_UUID', 24, (writer, uuid: string) => writer.uuid(uuid), readDomain),
	resume: define('DOMAIN_RESUME', 28, writeDomain, noResult),
	suspend: define('DOMAIN_SUSPEND', 34, writeDomain, noResult),
	networkCreate: define('NETWORK_CREATE', 39, writeNetwork, noResult),
	networkDestroy: define('NETWORK_DESTROY', 42, writeNetwork, noResult),
	networkGetXmlDesc: define('NETWORK_GET_XML_DESC', 43, writeNetworkAndFlags, oneString),
	networkFilterLookupByName: define('NWFILTER_LOOKUP_BY_NAME', 175, writeString, readNetwork),
	networkFilterGetXmlDesc: define('NWFILTER_GET_XML_DESC', 177, writeNetworkAndFlags, oneString),
	networkLookupByName: define('NETWORK_LOOKUP_BY_NAME', 46, writeString, readNetwork),
	getHostname: define('CONNECT_GET_HOSTNAME', 59, noArguments, oneString),
	supportsFeature: define(
		'CONNECT_SUPPORTS_FEATURE',
		60,
		(writer, feature: number) => writer.signed(feature),
		(reader) => reader.boolean(),
	),
	/** By the name of its device on the host. */
	interfaceStats: define(
		'DOMAIN_INTERFACE_STATS',
		65,
		(writer, domain: DomainRef, device: string) => {
			writeDomain(writer, domain);
			writer.string(device);
		},
		readInterfaceStats,
	),
	authList: define('AUTH_LIST', 66, noArguments, (reader) => reader.array(() => reader.signed())),
	authPolkit: define('AUTH_POLKIT', 70, noArguments, (reader) => reader.boolean()),
	xmlToNative: define(
		'CONNECT_DOMAIN_XML_TO_NATIVE',
		136,
		(writer, format: string, xml: string, flags: number) => {
			writer.string(format);
			writeXml(writer, xml, flags);
		},
		oneString,
	),
	getSecurityLabel: define('DOMAIN_GET_SECURITY_LABEL', 121, writeDomain, readSecurityLabel),
	getSecurityLabels: define('DOMAIN_GET_SECURITY_LABEL_LIST', 278, writeDomain, (reader) => reader.array(() => readSecurityLabel(reader))),
	getLibVersion: define('CONNECT_GET_LIB_VERSION', 157, noArguments, (reader) => reader.hyper()),
	attachDeviceFlags: define('DOMAIN_ATTACH_DEVICE_FLAGS', 160, writeDevice, noResult),
	openConsole: define('DOMAIN_OPEN_CONSOLE', 201, writeConsole, noResult),
	getState: define('DOMAIN_GET_STATE', 212, writeDomainFlags, (reader) => ({state: reader.signed(), reason: reader.signed()})),
	reset: define('DOMAIN_RESET', 245, writeDomainFlags, noResult),
	listAllDomains: define('CONNECT_LIST_ALL_DOMAINS', 273, writeList, (reader) => reader.array(() => readDomain(reader))),
	listAllNetworks: define('CONNECT_LIST_ALL_NETWORKS', 283, writeList, (reader) => reader.array(() => readNetwork(reader))),
	eventRegisterAny: define(
		'CONNECT_DOMAIN_EVENT_CALLBACK_REGISTER_ANY',
		316,
		(writer, event: number, domain: DomainRef | undefined) => {
			writer.signed(event);
			writer.unsigned(domain === undefined ? 0 : 1);
			if (domain !== undefined) {
				writeDomain(writer, domain);
			}
		},
		(reader) => reader.signed(),
	),
	getAllDomainStats: define(
		'CONNECT_GET_ALL_DOMAIN_STATS',
		344,
		(writer, domains: readonly DomainRef[], stats: number, flags: number) => {
			writer.array(domains, maximumDomains, (domain) => writeDomain(writer, domain));
			writer.unsigned(stats);
			writer.unsigned(flags);
		},
		(reader) => reader.array((): DomainStats => ({domain: readDomain(reader), parameters: readTypedParameters(reader)})),
	),
	interfaceAddresses: define('DOMAIN_INTERFACE_ADDRESSES', 353, writeDomainAndTwo, readInterfaceAddresses),
} as const;

/** What libvirtd sends unasked: numbers of its messages. */
export const messages = {lifecycle: 318} as const;

function writeConsole(writer: XdrWriter, domain: DomainRef, device: string | undefined, flags: number): void {
	writeDomain(writer, domain);
	writer.optionalString(device);
	writer.unsigned(flags);
}

/** 1: the list is wanted, not only its length. */
function writeList(writer: XdrWriter, flags: number): void {
	writer.signed(1);
	writeFlags(writer, flags);
}
