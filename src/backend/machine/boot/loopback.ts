import type {Call} from '../../guest/program/call-program.ts';
import {calls, free} from '../programs/system-calls.ts';

const setFlags = 0x8914;
const isUp = 1;
const [internet, datagram] = [2, 2];

/** Brings up the loopback interface: nobody else's packets come there, but many programs talk to themselves. */
export const raiseLoopback: readonly Call[] = [
	{number: calls.socket, args: [internet, datagram, 0]},
	{number: calls.ioctl, args: [free, setFlags, interfaceRequest('lo', isUp)]},
	{number: calls.close, args: [free]},
];

/** `struct ifreq` with flags. */
function interfaceRequest(name: string, flags: number): Buffer {
	const request = Buffer.alloc(40);
	request.write(name, 'latin1');
	request.writeUInt16LE(flags, 16);
	return request;
}
