import {join} from 'node:path';

/** Where the libvirtd of our own keeps its sockets, state and log. Its lock is the file beside it. */
export const embeddedDirectory = '/run/virt-sandbox/libvirtd';

/** Its socket. */
export function embeddedSocket(directory = embeddedDirectory): string {
	return join(directory, 'sock', 'libvirt-sock');
}
