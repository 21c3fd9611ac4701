import {ShellError} from '../../../core/errors.ts';

/** Whether a libvirt URI means a daemon on this host: it names neither a host nor a transport that leads to one. */
export function isLocalUri(uri: string): boolean {
	const [, transport, host] = /^[a-z]+(?:\+([a-z0-9]+))?:\/\/([^/?]*)/i.exec(uri) ?? [];
	return host === '' && (transport === undefined || transport === 'unix');
}

/** Refuses a URI that a file or a socket has named where it leads to another host: on the way there it may have us run any program. */
export function requireLocalUri(uri: string): void {
	if (isLocalUri(uri)) return;
	throw new ShellError('refused', `Nothing of a sandbox of this host lies at ${uri}`, {
		hint: 'Somebody else has written that: see who may write where sandboxes have their state',
	});
}

/** Whether a libvirt URI means the libvirtd of one user. */
export function isSessionUri(uri: string): boolean {
	return /^[^:]+:\/\/[^/]*\/session(?:$|\?)/.test(uri);
}
