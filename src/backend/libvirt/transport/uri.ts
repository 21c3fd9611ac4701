import {ConnectFailed} from '../errors.ts';

/** The caller's environment variables. */
export type Environment = Readonly<Record<string, string | undefined>>;

const transportNames = ['unix', 'ssh', 'tls', 'tcp', 'libssh', 'libssh2', 'ext'] as const;

/** What a libvirt URI says. */
export interface LibvirtUri {
	/** The URI as it was given. */
	readonly text: string;
	readonly driver: string;
	readonly transport: (typeof transportNames)[number];
	readonly user: string | undefined;
	readonly host: string | undefined;
	readonly port: number | undefined;
	/** Starts with a slash. */
	readonly path: string;
	/** Decoded; the last one of a name counts. */
	readonly parameters: ReadonlyMap<string, string>;
	/** The name that libvirtd is asked to open: no transport, host or parameters of the transport. */
	readonly name: string;
}

/** Where the socket of a UNIX connection may be. */
export interface SocketPlan {
	/** In the order to try them. */
	readonly paths: readonly string[];
	/** The daemons to try to start when nobody listens; none when starting it is not ours. */
	readonly daemons: readonly string[];
}

/** Parameters that concern the way to libvirtd and that the driver must not see. */
const transportParameters: ReadonlySet<string> = new Set([
	'auth',
	'command',
	'keyfile',
	'known_hosts',
	'known_hosts_verify',
	'mode',
	'name',
	'netcat',
	'no_sanity',
	'no_tty',
	'no_verify',
	'pkipath',
	'proxy',
	'socket',
	'sshauth',
	'tls_priority',
]);

/** Reads a libvirt URI. Throws ConnectFailed `uri` with what is wrong. */
export function parseUri(text: string): LibvirtUri {
	const match = /^([a-z\d]+)(?:\+([a-z\d]+))?:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/i.exec(text);
	if (match === null) {
		throw new ConnectFailed('uri', text, `'${text}' is not a libvirt URI such as lxc:///system or qemu+ssh://host/system`);
	}

	const [, driver = '', transport, authority = '', rawPath = '', query = ''] = match;
	const {user, host, port} = parseAuthority(text, authority);
	const asked = transport?.toLowerCase() ?? (host === undefined ? 'unix' : 'tls');
	const name = transportNames.find((each) => each === asked);
	if (name === undefined) {
		throw new ConnectFailed('uri', text, `'${text}' asks for the unknown transport '${asked}'`);
	}

	const lowerDriver = driver.toLowerCase();
	const path = completePath(text, lowerDriver, rawPath);
	const parameters = new Map<string, string>();
	const kept: string[] = [];
	for (const part of query.split(/[&;]/).filter((each) => each !== '')) {
		const [key = '', value = ''] = splitOnce(part, '=');
		const decodedKey = decode(text, key);
		parameters.set(decodedKey, decode(text, value));
		if (!transportParameters.has(decodedKey)) {
			kept.push(part);
		}
	}

	const openName = parameters.get('name') ?? `${lowerDriver}://${path}${kept.length === 0 ? '' : `?${kept.join('&')}`}`;
	return {text, driver: lowerDriver, transport: name, user, host, port, path, parameters, name: openName};
}

/** Where libvirtd's socket is for a URI with the transport `unix`. `uid` decides whether a session is meant. */
export function planSockets(uri: LibvirtUri, options: {readonly readonly: boolean; readonly environment: Environment; readonly uid: number}): SocketPlan {
	const explicit = uri.parameters.get('socket');
	if (explicit !== undefined) {
		return {paths: [explicit], daemons: []};
	}

	const mode = uri.parameters.get('mode') ?? 'auto';
	if (mode !== 'auto' && mode !== 'legacy' && mode !== 'direct') {
		throw new ConnectFailed('uri', uri.text, `'${uri.text}' has mode=${mode}; known are auto, legacy and direct`);
	}

	const daemons = [...(mode === 'legacy' ? [] : [`virt${uri.driver}d`]), ...(mode === 'direct' ? [] : ['libvirtd'])];
	const stems = daemons.map((daemon) => (daemon === 'libvirtd' ? 'libvirt' : daemon));
	if (isSession(uri, options.uid)) {
		const folder = sessionFolder(uri, options.environment);
		return {paths: stems.map((stem) => `${folder}/libvirt/${stem}-sock`), daemons};
	}

	return {paths: stems.map((stem) => `/run/libvirt/${stem}-sock${options.readonly ? '-ro' : ''}`), daemons: []};
}

function isSession(uri: LibvirtUri, uid: number): boolean {
	// As in libvirt's own client: root has no session, since a daemon that root starts is the system's.
	return uid !== 0 && uri.path !== '/system';
}

/** As glib finds it: the runtime directory, else the cache directory. */
function sessionFolder(uri: LibvirtUri, environment: Environment): string {
	const {XDG_RUNTIME_DIR: runtime, XDG_CACHE_HOME: cache, HOME: home} = environment;
	// One that is empty counts as none.
	const folder = runtime || cache || (home && `${home}/.cache`);
	if (folder) {
		return folder;
	}

	throw new ConnectFailed('uri', uri.text, `Where ${uri.text} has its socket is not known: neither XDG_RUNTIME_DIR nor HOME is set`);
}

function completePath(text: string, driver: string, path: string): string {
	if (driver !== 'lxc') {
		return path === '' ? '/' : path;
	}

	if (path === '' || path === '/' || path === '/system') {
		return '/system';
	}

	throw new ConnectFailed('uri', text, `'${text}' does not exist: libvirt has containers at lxc:///system only`);
}

function parseAuthority(text: string, authority: string): Pick<LibvirtUri, 'user' | 'host' | 'port'> {
	const match = /^(?:([^@]*)@)?(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(authority);
	if (match === null) {
		throw new ConnectFailed('uri', text, `'${text}' has no valid host: '${authority}'`);
	}

	const [, user, host = '', port] = match;
	return {
		user: user === undefined ? undefined : decode(text, user),
		host: host === '' ? undefined : decode(text, host.replace(/^\[(.*)\]$/, '$1')),
		port: port === undefined ? undefined : Number(port),
	};
}

function splitOnce(text: string, separator: string): string[] {
	const at = text.indexOf(separator);
	return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}

function decode(text: string, part: string): string {
	try {
		return decodeURIComponent(part);
	} catch (error) {
		throw new ConnectFailed('uri', text, `'${text}' has a broken % escape in '${part}'`, error);
	}
}
