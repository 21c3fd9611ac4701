import {cString} from './call-program.ts';
import type {ProgramArchitecture} from './program-file.ts';
import {callsOf, currentDirectory, lastDescriptor, plainProgram} from './usual-calls.ts';

/** ping of an ordinary user: the command has no net_raw, and needs none for ICMP sockets of this range of groups. */
export const pingGroups = '0 2147483647';

const settings = '/proc/sys/net/ipv4/ping_group_range';
const newNetwork = 0x4000_0000;
const writeOnly = 1;
/** What the starter has open, and the first that is free once all behind it are closed. */
const [network, opened] = [3, 4];

/** A program of the host that lets every group ping in the network namespace that is its descriptor 3, whose settings are read-only in there. */
export function pingProgram(architecture: ProgramArchitecture): Buffer {
	const call = callsOf(architecture);
	const required = {required: true};
	return plainProgram(
		[
			call('close_range', [opened, lastDescriptor, 0]),
			call('setns', [network, newNetwork], required),
			call('openat', [currentDirectory, cString(settings), writeOnly, 0], required),
			call('write', [opened, cString(pingGroups), pingGroups.length], required),
		],
		architecture,
	);
}
