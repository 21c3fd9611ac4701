import {usageError} from '../../core/errors.ts';
import {enumerateWords} from '../../core/enumerate-words.ts';
import {didYouMean} from '../../core/nearest-word.ts';
import {hasControlCharacters} from '../../core/text.ts';
import {backends, type BackendName} from '../backends.ts';

/** The drivers of libvirt that can host a sandbox, by the URI's scheme, and the backend that each is. */
export const backendOfScheme: Readonly<Record<string, BackendName>> = Object.fromEntries(
	Object.entries(backends).map(([name, {scheme}]) => [scheme, name as BackendName]),
);

/** The scheme of a backend's URIs; undefined where no backend is meant. */
export function schemeOf(backend: BackendName | undefined): string | undefined {
	return backend && backends[backend].scheme;
}

const otherDrivers = [
	'vbox',
	'vmware',
	'vmwareplayer',
	'vmwarews',
	'vmwarefusion',
	'esx',
	'vpx',
	'gsx',
	'hyperv',
	'vz',
	'parallels',
	'bhyve',
	'openvz',
	'test',
	'ch',
	'uml',
	'phyp',
	'network',
	'storage',
	'interface',
	'nodedev',
	'nwfilter',
	'secret',
];
const transports = ['ssh', 'unix', 'ext', 'tcp', 'tls', 'libssh', 'libssh2'];

/** What a libvirt URI names. */
interface ConnectUri {
	readonly uri: string;
	readonly backend: BackendName;
	readonly driver: string;
	/** `ssh` or another; undefined: the host's own socket. */
	readonly transport: string | undefined;
}

/** Whether a word may be one of libvirt.conf's uri_aliases, which stand for URIs. */
export function isUriAlias(text: string): boolean {
	return /^[\w-]+$/.test(text);
}

/** Checks a libvirt URI and tells which backend it is; refuses drivers that cannot host sandboxes. */
export function parseUri(text: string): ConnectUri {
	const schemes = Object.keys(backendOfScheme);
	const can = `Use ${enumerateWords(schemes.map((scheme) => `${scheme}:///system`))}.`;
	if (hasControlCharacters(text) || text.includes(' ')) {
		throw usageError(`The URI '${text}' holds a ${text.includes(' ') ? 'blank' : 'control character'}`, can);
	}
	const match = /^([a-z][a-z0-9.-]*)(?:\+([a-z0-9]+))?:\/\/([^/]*)(\/.*)?$/i.exec(text);
	const driver = match?.[1]?.toLowerCase();
	if (match === null || driver === undefined) {
		throw usageError(text === '' ? 'The URI is empty' : `'${text}' is not a libvirt URI`, can);
	}
	const backend = Object.hasOwn(backendOfScheme, driver) ? backendOfScheme[driver] : undefined;
	if (backend === undefined) {
		const known = otherDrivers.includes(driver);
		throw usageError(
			known ? `The driver '${driver}' of '${text}' cannot host sandboxes` : `'${text}' names no driver of libvirt: '${driver}'`,
			(known ? undefined : didYouMean(driver, schemes)) ?? `The drivers ${enumerateWords(schemes, 'and')} can. ${can}`,
		);
	}
	const transport = match[2]?.toLowerCase();
	if (transport !== undefined && !transports.includes(transport)) {
		throw usageError(`The URI '${text}' has the unknown transport '${transport}'`, didYouMean(transport, transports) ?? `Use ${driver}+ssh://HOST/system.`);
	}
	if (transport === 'ssh' && match[3] === '') {
		throw usageError(`The URI '${text}' names no host`, `Write ${driver}+ssh://HOST/system.`);
	}
	return {uri: text, backend, driver, transport};
}

/** Parameters that have a program run, here or on the other host, or say which key that host gets, or that its own is not looked at. */
const trusting = ['command', 'netcat', 'keyfile', 'no_verify'];

/** Refuses a URI whose parameters only whoever connects by it should choose, where it may be somebody else's, as in a profile. */
export function requirePlainUri(uri: string): string {
	const [, ...query] = uri.split('?');
	const names = query
		.join('?')
		.split(/[&;]/)
		.map((part) => decoded(part.replace(/=.*$/s, '')));
	const found = trusting.find((name) => names.includes(name));
	if (found !== undefined) {
		throw usageError(
			`The URI '${uri}' has ${found}=, which is not allowed in a profile: a profile may be somebody else's`,
			'Set the uri yourself, connect by it (--connect, connect), or put that into ~/.ssh/config.',
		);
	}
	return uri;
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
