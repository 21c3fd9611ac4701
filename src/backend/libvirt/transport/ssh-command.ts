import {ConnectFailed} from '../errors.ts';
import {writeRemoteCommand} from './remote-command.ts';
import type {LibvirtUri} from './uri.ts';

/** How ssh is to be started for a URI. */
export interface SshCommand {
	readonly program: string;
	readonly args: readonly string[];
	/** For messages: `user@host` or `host`, with the port where the URI has one. */
	readonly target: string;
	readonly host: string;
	/** Nothing may be asked on the terminal. */
	readonly batch: boolean;
}

/** Parameters that libvirt knows for its other transports; ssh has its own configuration for what they say, and must not seem to obey them. */
const foreignParameters = ['known_hosts', 'known_hosts_verify', 'sshauth', 'pkipath', 'tls_priority'];

/** The ssh command of a URI, as libvirt's own client writes it. Throws ConnectFailed `uri` for what ssh could take for something else. */
export function planSsh(uri: LibvirtUri, options: {readonly readonly: boolean; readonly batch: boolean}): SshCommand {
	const {host, user, port, parameters} = uri;
	if (host === undefined) {
		throw refuse(uri, 'names no host', `Write ${uri.driver}+ssh://HOST${uri.path}`);
	}

	// A word that begins with a minus sign would be an option; quotes and the like end up in commands of the user's ssh configuration.
	if (!/^[\p{L}\p{N}_.:%][\p{L}\p{N}_.:%-]*$/u.test(host)) {
		throw refuse(uri, `has the host '${host}', which ssh must not be given`, 'A host is a name or an address');
	}

	if (user !== undefined && !/^[\p{L}\p{N}_.][\p{L}\p{N}_.@\\+-]*$/u.test(user)) {
		throw refuse(uri, `has the user '${user}', which ssh must not be given`, 'A user name begins with a letter and holds letters, digits and ._@+-');
	}

	if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
		throw refuse(uri, `has the port ${port}`, 'A port is a number from 1 to 65535');
	}

	const foreign = foreignParameters.find((name) => parameters.has(name));
	if (foreign !== undefined) {
		throw refuse(uri, `has ${foreign}=, which the transport ssh does not take`, 'Set it in ~/.ssh/config');
	}

	const batch = options.batch || isOn(parameters.get('no_tty'));
	const keyfile = readPath(uri, 'keyfile');
	const args = [
		...(port === undefined ? [] : ['-p', String(port)]),
		...(user === undefined ? [] : ['-l', user]),
		...(keyfile === undefined ? [] : ['-i', keyfile]),
		...(batch ? ['-o', 'BatchMode=yes'] : []),
		...(isOn(parameters.get('no_verify')) ? ['-o', 'StrictHostKeyChecking=no'] : []),
		'-T',
		'-e',
		'none',
		'--',
		host,
		writeRemoteCommand(uri, options),
	];
	const target = `${user === undefined ? '' : `${user}@`}${host.includes(':') ? `[${host}]` : host}${port === undefined ? '' : `:${port}`}`;
	return {program: readPath(uri, 'command') ?? 'ssh', args, target, host, batch};
}

function readPath(uri: LibvirtUri, name: string): string | undefined {
	const value = uri.parameters.get(name);
	if (value === '' || value?.startsWith('-') === true || value?.includes('\0') === true) {
		throw refuse(uri, `has ${name}=${value.replaceAll('\0', '')}, which is not a path`);
	}

	return value;
}

/** As libvirt reads its switches: every number but 0 turns one on. */
function isOn(value: string | undefined): boolean {
	return value !== undefined && Number.parseInt(value, 10) !== 0;
}

function refuse(uri: LibvirtUri, what: string, hint?: string): ConnectFailed {
	return new ConnectFailed('uri', uri.text, `'${uri.text}' ${what}`, undefined, hint);
}
