import {usageError} from '../../core/errors.ts';
import {didYouMean} from '../../core/nearest-word.ts';
import {hasControlCharacters, splitOnce} from '../../core/text.ts';
import {ipVersion} from '../ip-address.ts';
import type {Network, PortForward} from '../types.ts';
import {formatForward, parseForward} from './parse-forward.ts';

const flags = ['dhcp', 'user', 'isolated'];
const keys = [...flags, 'source', 'mac', 'address', 'route', 'dns', 'filter', 'forward'];
const form = `Write words of ${keys.map((key) => (flags.includes(key) ? key : `${key}=`)).join(', ')}, joined by commas.`;
/** What people write who want no network. */
const noNetwork = new Set(['none', 'no', 'off']);

/** Reads the words of one network interface; without `address=` it asks by DHCP. */
export function parseNetwork(text: string): Network {
	let source: string | undefined;
	const given = new Set<string>();
	let mac: string | undefined;
	let filterName: string | undefined;
	const addresses: Array<Network['addresses'][number]> = [];
	const routes: Array<Network['routes'][number]> = [];
	const dns: string[] = [];
	const forwards: PortForward[] = [];
	const parameters = new Map<string, string>();
	const once = (key: string, before: unknown): void => {
		if (before !== undefined) {
			throw usageError(`The network '${text}' gives ${key} twice`, 'Give it once; for a second interface, write a second -N.');
		}
	};
	for (const word of text.split(',')) {
		const [key, value] = splitOnce(word, '=');
		if (flags.includes(key)) {
			if (value !== undefined) {
				throw usageError(`The network word '${word}' takes no value`, `Write ${key} alone.`);
			}
			given.add(key);
			continue;
		}
		if (noNetwork.has(text)) {
			throw usageError(`There is no network '${text}'`, "A sandbox has none unless one is given; in the shell 'network --none' takes them away.");
		}
		if (!keys.some((known) => known === key) && !key.startsWith('filter.')) {
			throw usageError(word === '' ? `The network '${text}' holds an empty word` : `There is no network word '${key}'`, didYouMean(key, keys) ?? form);
		}
		if (value === undefined || value === '') {
			throw usageError(`The network word '${word}' has no value`, form);
		}
		switch (key) {
			case 'source':
				once(key, source);
				source = parseNetworkName(value);
				break;
			case 'mac':
				once(key, mac);
				mac = parseMac(value);
				break;
			case 'address':
				addresses.push(parseAddress(value));
				break;
			case 'route':
				routes.push(parseRoute(value));
				break;
			case 'dns':
				dns.push(parseIp(value, 'name server'));
				break;
			case 'forward':
				forwards.push(parseForward(value));
				break;
			case 'filter':
				once(key, filterName);
				filterName = parseFilterName(value);
				break;
			default: {
				const name = key.slice('filter.'.length);
				if (!/^[A-Za-z0-9_]+$/.test(name) || !/^[A-Za-z0-9_.:]+$/.test(value)) {
					throw usageError(`The filter parameter '${word}' is not usable`, 'Names hold letters, digits and _; values also . and :.');
				}
				once(key, parameters.get(name));
				parameters.set(name, value);
			}
		}
	}
	if (filterName === undefined && parameters.size > 0) {
		throw usageError(`The network '${text}' has filter parameters but no filter`, 'Add filter=NAME.');
	}
	const user = given.has('user') || forwards.length > 0;
	if (user && (source !== undefined || filterName !== undefined)) {
		throw forwards.length > 0
			? usageError(
					`The network '${text}' forwards ports, which a network of libvirt cannot do`,
					'A guest there has an address of its own: use that, or leave source and filter out.',
				)
			: usageError(
					`The network '${text}' is the machine's own, but source and filter are for networks of libvirt`,
					'Leave user out, or source and filter.',
				);
	}
	if (user && given.has('isolated')) {
		throw usageError(`The network '${text}' is the machine's own, which no other sandbox is on`, 'Leave isolated out.');
	}
	return {
		source,
		user,
		dhcp: given.has('dhcp') || addresses.length === 0,
		isolated: given.has('isolated'),
		mac,
		addresses,
		routes,
		dns,
		forwards,
		filter: filterName === undefined ? undefined : {name: filterName, parameters: Object.fromEntries(parameters)},
	};
}

function parseNetworkName(name: string): string {
	if (hasControlCharacters(name) || name.includes('/')) {
		throw usageError(`The network name '${name}' is not usable`, "Name a network of libvirt, such as 'default'.");
	}
	return name;
}

function parseFilterName(name: string): string {
	if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name)) {
		throw usageError(`The filter name '${name}' is not usable`, "Name a filter of libvirt, such as 'clean-traffic'.");
	}
	return name;
}

function parseMac(mac: string): string {
	if (!/^[\da-f]{2}(:[\da-f]{2}){5}$/i.test(mac)) {
		throw usageError(`'${mac}' is not a MAC address`, 'Write six bytes such as 52:54:00:12:34:56.');
	}
	if (!/^.[02468ace]/i.test(mac) || mac === '00:00:00:00:00:00') {
		throw usageError(
			`The MAC address '${mac}' is ${mac.startsWith('00:00:00:00:00') ? 'all zero' : 'a multicast address'}`,
			'Its first byte must be even, such as 52.',
		);
	}
	return mac.toLowerCase();
}

function parseIp(text: string, what: string): string {
	if (ipVersion(text) === 0) {
		throw usageError(`The ${what} '${text}' is not an IP address`, 'Write it in numbers, such as 192.168.122.10 or fd00::10.');
	}
	return text;
}

function splitPrefix(text: string, what: string): {ip: string; prefix: number} {
	const [address, word] = splitOnce(text, '/');
	const ip = parseIp(address, what);
	const longest = ipVersion(ip) === 4 ? 32 : 128;
	if (word === undefined) {
		throw usageError(`The ${what} '${text}' has no prefix`, `Write ${ip}/${ipVersion(ip) === 4 ? 24 : 64}.`);
	}
	const prefix = /^\d{1,3}$/.test(word) ? Number(word) : Number.NaN;
	if (!(prefix <= longest)) {
		throw usageError(`The prefix '${word}' of the ${what} is not a number from 0 to ${longest}`, `Write ${ip}/${ipVersion(ip) === 4 ? 24 : 64}.`);
	}
	return {ip, prefix};
}

function sameFamily(first: string, second: string, what: string): void {
	if (ipVersion(first) !== ipVersion(second)) {
		throw usageError(`The ${what} '${second}' is not of the same kind as '${first}'`, 'Use IPv4 with IPv4 and IPv6 with IPv6.');
	}
}

function parseAddress(text: string): Network['addresses'][number] {
	const [before, behind] = splitOnce(text, '%');
	const {ip, prefix} = splitPrefix(before, 'address');
	const broadcast = behind === undefined ? undefined : parseIp(behind, 'broadcast address');
	if (broadcast !== undefined) {
		if (ipVersion(ip) !== 4) {
			throw usageError(`The address '${ip}' is IPv6, which has no broadcast`, 'Leave out the % and what follows.');
		}
		sameFamily(ip, broadcast, 'broadcast address');
	}
	return {address: ip, prefix, broadcast};
}

function parseRoute(text: string): Network['routes'][number] {
	const [before, behind] = splitOnce(text, '%');
	if (behind === undefined) {
		throw usageError(`The route '${text}' has no gateway`, 'Write route=NETWORK/PREFIX%GATEWAY, such as 0.0.0.0/0%192.168.122.1.');
	}
	const {ip, prefix} = splitPrefix(before, 'route');
	const gateway = parseIp(behind, 'gateway');
	sameFamily(ip, gateway, 'gateway');
	return {network: ip, prefix, gateway};
}

/** Writes a network as `parseNetwork` reads it. */
export function formatNetwork(network: Network): string {
	const {dhcp, user, isolated, source, mac, filter} = network;
	return [
		...(dhcp ? ['dhcp'] : []),
		...(user && network.forwards.length === 0 ? ['user'] : []),
		...(isolated ? ['isolated'] : []),
		...(source === undefined ? [] : [`source=${source}`]),
		...(mac === undefined ? [] : [`mac=${mac}`]),
		...network.addresses.map(({address, prefix, broadcast}) => `address=${address}/${prefix}${broadcast === undefined ? '' : `%${broadcast}`}`),
		...network.routes.map((route) => `route=${route.network}/${route.prefix}%${route.gateway}`),
		...network.dns.map((server) => `dns=${server}`),
		...network.forwards.map((forward) => `forward=${formatForward(forward)}`),
		...(filter === undefined ? [] : [`filter=${filter.name}`, ...Object.entries(filter.parameters).map(([key, value]) => `filter.${key}=${value}`)]),
	].join(',');
}
