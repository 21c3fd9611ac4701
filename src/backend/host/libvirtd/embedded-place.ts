import {join} from 'node:path';

/** Where the libvirtd of our own keeps its sockets, state and log. Its lock is the file beside it. */
export const embeddedDirectory = '/run/virt-sandbox/libvirtd';

/** Its socket. */
export function embeddedSocket(directory = embeddedDirectory): string {
	return join(directory, 'sock', 'libvirt-sock');
}

/** The URI that reaches its LXC driver. */
export function embeddedUri(directory = embeddedDirectory): string {
	return `lxc:///system?socket=${encodeURIComponent(embeddedSocket(directory)).replaceAll('%2F', '/')}`;
}

/** Whether a URI reaches it, by whatever driver. */
export function isEmbeddedUri(uri: string): boolean {
	return uri.replace(/^[^:]+/, 'lxc') === embeddedUri();
}
