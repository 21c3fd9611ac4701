import type {Duplex} from 'node:stream';

/** A way to a libvirtd: bytes in both directions. What ends it destroys the stream. */
export interface Transport {
	readonly stream: Duplex;
	/** For messages, for instance `/run/libvirt/libvirt-sock`. */
	readonly description: string;
}
