import type {CallGroup} from './default-calls.ts';
import {answers, errors, type Answer, type Clause, type Condition} from './rules.ts';

/** Calls that depend on their arguments. */
interface JudgedCalls extends CallGroup {
	readonly clauses: readonly Clause[];
	/** Where no clause holds. */
	readonly otherwise: Answer;
}

const {allow} = answers;
const notPermitted = answers.fail(errors.notPermitted);
/** As of a kernel that does not know an option yet. */
const noSuchOption = answers.fail(errors.noSuchOption);
const newUserNamespace = 0x1000_0000;
const personalities = {
	linux: 0,
	linux32: 0x8,
	uname26: 0x2_0000,
	uname26For32: 0x2_0008,
	noRandomAddresses: 0x4_0000,
	noRandomAddressesFor32: 0x4_0008,
	ask: 0xffff_ffff,
};
const families = {unix: 1, internet: 2, internet6: 10, netlink: 16, packet: 17};
/** The family of IPv6 is that of IPv4 with this bit. */
const internet6Bit = 0x8;
const types = {stream: 1, datagram: 2, raw: 3};
const protocols = {usual: 0, icmp: 1, tcp: 6, udp: 17, icmp6: 58};
/** What nearly every kernel has: for any other that is asked for it begins a program of the host, as root and beyond the sandbox's limits, each time. */
const internetSockets = [
	...[families.internet, families.internet6].flatMap((family) => [
		...[protocols.usual, protocols.tcp].map((protocol) => [family, types.stream, protocol] as const),
		...[protocols.usual, protocols.udp].map((protocol) => [family, types.datagram, protocol] as const),
	]),
	[families.internet, types.datagram, protocols.icmp],
	[families.internet6, types.datagram, protocols.icmp6],
] as const;
const routes = 0;
const typeIntoTerminal = 0x5412;
const typeIntoConsole = 0x541c;
const setLineDiscipline = 0x5423;
/** Of bridges (four), of VLANs and of frame relay, by any socket. */
const asksForModule = [0x8940, 0x8941, 0x89a0, 0x89a1, 0x8982, 0x8983, 0x8980, 0x8981];
/** FS_IOC_ADD_ENCRYPTION_KEY, and two to remove one: for who asks, for all. */
const encryptionKeys = [0xc050_6617, 0xc040_6618, 0xc040_6619];
const setLease = 1024;
/** F_SETDELEG, of Linux 6.19: a lease by another name. */
const setDelegation = 1040;
const socketLevel = 1;
/** SO_ATTACH_FILTER and SO_ATTACH_REUSEPORT_CBPF. */
const socketFilters = [26, 51];
/** SO_PASSPIDFD and SO_PEERPIDFD. */
const [passHandles, handleOfPeer] = [76, 77];
/** TCP_AO_ADD_KEY. */
const addKey = 38;
const takeTerminalAlone = 0x540c;
const flowOfTerminal = 0x540a;
const stopOutput = 0;
/** All requests of these two file systems have a letter of their own (it is the kernel's 0x94 and 0xbc); those that clone parts of files are everybody's. */
const ofBtrfs = 0x9400;
const ofBcachefs = 0xbc00;
const cloneRequests = [0x4004_9409, 0x4020_940d, 0xc018_9436];
const isInternet: Condition = {index: 0, comparison: 'MASKED_EQ', mask: BigInt(0xffff_ffff - internet6Bit), value: BigInt(families.internet)};

/** Those whose arguments say whether they are harmless. */
export const judged: readonly JudgedCalls[] = [
	{
		reason: 'a user namespace gives its maker all capabilities in it',
		calls: 'clone unshare',
		clauses: [{when: [{index: 0, comparison: 'MASKED_EQ', mask: BigInt(newUserNamespace), value: 0n}], answer: allow}],
		otherwise: notPermitted,
	},
	{
		reason: 'what 32-bit and old programs ask for, and gdb; the rest weakens what is run',
		calls: 'personality',
		clauses: Object.values(personalities).map((value) => ({when: [is(0, value)], answer: allow})),
		otherwise: notPermitted,
	},
	{
		reason: `other families know no network namespace (virtual machines), or are code that few have looked at; so are other protocols, for
			which the kernel loads a module, or which tell of the host's devices`,
		calls: 'socket socketpair',
		clauses: [
			...[families.unix, families.packet].map((family) => ({when: [is(0, family)], answer: allow})),
			...internetSockets.map(([family, type, protocol]) => ({when: [is(0, family), isType(type), is(2, protocol)], answer: allow})),
			// Any other is right for a raw one.
			{when: [isInternet, is(2, protocols.usual)], answer: answers.fail(errors.protocolNotSupported)},
			{when: [isInternet, isType(types.raw)], answer: allow},
			{when: [is(0, families.netlink), is(2, routes)], answer: allow},
			...[isInternet, is(0, families.netlink)].map((family) => ({when: [family], answer: answers.fail(errors.protocolNotSupported)})),
		],
		otherwise: answers.fail(errors.familyNotSupported),
	},
	{
		reason: `a loop device can be told to outlive its sandbox; letters typed into a terminal are read by whoever has it next, who cannot have
			one that was taken alone or stopped; the kernel loads a module for the line discipline of a terminal, and when it is asked for bridges
			and VLANs; keys of encrypted directories are the file system's, also where that is mounted read-only; a snapshot of btrfs or bcachefs
			shows what a mount hides`,
		calls: 'ioctl',
		clauses: [
			{when: [{index: 1, comparison: 'MASKED_EQ', mask: 0xffff_fff0n, value: 0x4c00n}], answer: notPermitted},
			...[typeIntoTerminal, typeIntoConsole, takeTerminalAlone, setLineDiscipline, ...asksForModule, ...encryptionKeys].map((request) => ({
				when: [is(1, request)],
				answer: notPermitted,
			})),
			{when: [is(1, flowOfTerminal), is(2, stopOutput)], answer: notPermitted},
			...cloneRequests.map((request) => ({when: [is(1, request)], answer: allow})),
			...[ofBtrfs, ofBcachefs].map((letter) => ({
				when: [{index: 1, comparison: 'MASKED_EQ' as const, mask: 0xff00n, value: BigInt(letter)}],
				answer: notPermitted,
			})),
		],
		otherwise: allow,
	},
	{
		reason: `the host has one budget for compiled filters (net.core.bpf_jit_limit), which those of sockets would use up: no start would get its
			own; a handle of who sends is of a process beyond the sandbox; a key of TCP's names a cipher, for which the kernel loads a module`,
		calls: 'setsockopt',
		clauses: [
			...socketFilters.map((option) => ({when: [is(1, socketLevel), is(2, option)], answer: notPermitted})),
			{when: [is(1, socketLevel), is(2, passHandles)], answer: noSuchOption},
			{when: [is(1, protocols.tcp), is(2, addKey)], answer: noSuchOption},
		],
		otherwise: allow,
	},
	{
		reason: 'a handle of who is at the other end gives the namespaces of a process beyond the sandbox, and keeps them',
		calls: 'getsockopt',
		clauses: [{when: [is(1, socketLevel), is(2, handleOfPeer)], answer: noSuchOption}],
		otherwise: allow,
	},
	{
		reason: 'limits of another process: root in a sandbox would set those of the init, which later commands inherit',
		calls: 'prlimit64',
		clauses: [is(0, 0), {index: 2, comparison: 'EQ' as const, value: 0n}].map((own) => ({when: [own], answer: allow})),
		otherwise: notPermitted,
	},
	{
		reason: 'a lease on a file that may only be read keeps the host from writing to it',
		calls: 'fcntl fcntl64',
		clauses: [setLease, setDelegation].map((command) => ({when: [is(1, command)], answer: notPermitted})),
		otherwise: allow,
	},
];

/** Of an argument of which the kernel looks at 32 bits. */
function is(index: number, value: number): Condition {
	return {index, comparison: 'MASKED_EQ', mask: 0xffff_ffffn, value: BigInt(value)};
}

/** Of the type of a socket, beside which are flags. */
function isType(value: number): Condition {
	return {index: 1, comparison: 'MASKED_EQ', mask: 0xfn, value: BigInt(value)};
}
