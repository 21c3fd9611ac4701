import {usageError} from '../../core/errors.ts';
import {ipVersion} from '../ip-address.ts';
import type {PortForward} from '../types.ts';

/** Other hosts reach a port only where that is asked for. */
const ownAddress = '127.0.0.1';
const form = 'Write forward=[ADDRESS:]PORT[:GUESTPORT][/udp], such as forward=8080:80 or forward=0.0.0.0:53/udp.';

/** Reads a port of the host that leads to one of the guest; the address is the host's own (127.0.0.1) unless given, IPv6 in brackets. */
export function parseForward(text: string): PortForward {
	const [, bracketed, plain, host = '', guest, protocol] = /^(?:\[([^\]]*)\]:|([^:/[\]]*\.[^:/[\]]*):)?(\d+)(?::(\d+))?(?:\/(tcp|udp))?$/.exec(text) ?? [];
	const address = bracketed ?? plain ?? ownAddress;
	if (host === '' || ipVersion(address) === 0 || (bracketed !== undefined && ipVersion(bracketed) !== 6)) {
		throw usageError(`The port forward '${text}' cannot be read`, form);
	}
	const hostPort = parsePort(host);
	return {protocol: protocol === 'udp' ? 'udp' : 'tcp', address, host: hostPort, guest: guest === undefined ? hostPort : parsePort(guest)};
}

function parsePort(text: string): number {
	const port = Number(text);
	if (text.length > 5 || port < 1 || port > 65_535) throw usageError(`'${text.slice(0, 20)}' is not a port`, 'Ports are numbers from 1 to 65535.');
	return port;
}

/** The host's end of a forward, as an address and a port are written together. */
export function formatHostEnd({address, host}: PortForward): string {
	return `${ipVersion(address) === 6 ? `[${address}]` : address}:${host}`;
}

/** Writes a forward as `parseForward` reads it. */
export function formatForward(forward: PortForward): string {
	const {protocol, address, host, guest} = forward;
	return `${address === ownAddress ? host : formatHostEnd(forward)}${guest === host ? '' : `:${guest}`}${protocol === 'udp' ? '/udp' : ''}`;
}
