/** Whether a libvirt URI means a daemon on this host: it names neither a host nor a transport that leads to one. */
export function isLocalUri(uri: string): boolean {
	const [, transport, host] = /^[a-z]+(?:\+([a-z0-9]+))?:\/\/([^/?]*)/i.exec(uri) ?? [];
	return host === '' && (transport === undefined || transport === 'unix');
}

/** Whether a libvirt URI means the libvirtd of one user. */
export function isSessionUri(uri: string): boolean {
	return /^[^:]+:\/\/[^/]*\/session(?:$|\?)/.test(uri);
}
