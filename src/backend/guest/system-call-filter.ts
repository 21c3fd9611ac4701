/**
 * The seccomp filter that all of a container runs under, as a program of the kernel's packet filter.
 *
 * Why: libvirt takes capabilities away, but every process may make a user namespace and has all of them there. Root in a container
 * then mounted the host's control groups anew, writable for the host's root, and lifted its own limits. Keys are shared by all
 * of the host's root; handles open files past every mount; sockets of virtual machines know no network namespace, and io_uring makes
 * them past every filter; a disk's loop device can be told to outlive its container.
 */

const allow = 0x7fff_0000;
const refuse = (errno: number): number => 0x0005_0000 | errno;
const notPermitted = 1;
const notImplemented = 38;
const familyNotSupported = 97;

const newUserNamespace = 0x1000_0000;
const vsockFamily = 40;
/** Set in the numbers of x32, a second way to make every call of x86_64. */
const x32Bit = 0x4000_0000;

/** Numbers of system calls of one architecture. */
interface Calls {
	/** As the kernel's audit names it. */
	readonly architecture: number;
	/** The first argument holds flags, CLONE_NEWUSER among them. */
	readonly unshare: number;
	readonly clone: number;
	readonly keys: readonly number[];
	readonly openByHandle: number;
	readonly socket: number;
	readonly ioctl: number;
	/** Sockets by a pointer that no filter can look behind. */
	readonly socketcall?: number;
	readonly hasX32?: true;
}

/** clone3 has its flags behind a pointer; who hears that there is none takes clone. The same number everywhere. */
const clone3 = 435;
const ioUringSetup = 425;
/** Requests to a loop device (linux/loop.h). */
const loopRequests = {first: 0x4c00, after: 0x4c10};

const i386: Calls = {architecture: 0x4000_0003, unshare: 310, clone: 120, keys: [286, 287, 288], openByHandle: 342, socket: 359, ioctl: 54, socketcall: 102};
const x64: Calls = {architecture: 0xc000_003e, unshare: 272, clone: 56, keys: [248, 249, 250], openByHandle: 304, socket: 41, ioctl: 16, hasX32: true};
const arm: Calls = {architecture: 0x4000_0028, unshare: 337, clone: 120, keys: [309, 310, 311], openByHandle: 371, socket: 281, ioctl: 54};
const arm64: Calls = {architecture: 0xc000_00b7, unshare: 97, clone: 220, keys: [217, 218, 219], openByHandle: 265, socket: 198, ioctl: 29};

/** What a kernel can run, by the name that Node has for it. */
const callsOf: Readonly<Record<string, readonly Calls[]>> = {x64: [x64, i386], arm64: [arm64, arm]};

const load = 0x20;
const jumpEqual = 0x15;
const jumpAtLeast = 0x35;
const jumpSet = 0x45;
const give = 0x06;
const offsetOf = {number: 0, architecture: 4, firstArgument: 16, secondArgument: 24} as const;

type Step = readonly [code: number, whenTrue: number, whenFalse: number, value: number];

function forbid(number: number, errno: number): Step[] {
	return [
		[jumpEqual, 0, 1, number],
		[give, 0, 0, refuse(errno)],
	];
}

/** Refuses a call by its first argument; no later step is reached with that in the accumulator. */
function forbidArgument(number: number, test: typeof jumpEqual | typeof jumpSet, value: number, errno: number): Step[] {
	return [
		[jumpEqual, 0, 4, number],
		[load, 0, 0, offsetOf.firstArgument],
		[test, 0, 1, value],
		[give, 0, 0, refuse(errno)],
		[give, 0, 0, allow],
	];
}

/** Refuses requests to a device, of which the kernel looks at 32 bits. */
function forbidRequests(number: number, {first, after}: {readonly first: number; readonly after: number}): Step[] {
	return [
		[jumpEqual, 0, 5, number],
		[load, 0, 0, offsetOf.secondArgument],
		[jumpAtLeast, 0, 2, first],
		[jumpAtLeast, 1, 0, after],
		[give, 0, 0, refuse(notPermitted)],
		[give, 0, 0, allow],
	];
}

function stepsOf(calls: Calls): Step[] {
	const {keys, openByHandle, unshare, clone, socket, ioctl, socketcall, hasX32, architecture} = calls;
	const body: Step[] = [
		[load, 0, 0, offsetOf.number],
		...(hasX32 === true
			? ([
					[jumpAtLeast, 0, 1, x32Bit],
					[give, 0, 0, refuse(notImplemented)],
				] as const)
			: []),
		...forbidArgument(clone, jumpSet, newUserNamespace, notPermitted),
		...forbidArgument(unshare, jumpSet, newUserNamespace, notPermitted),
		...forbidArgument(socket, jumpEqual, vsockFamily, familyNotSupported),
		...forbidRequests(ioctl, loopRequests),
		...[clone3, ioUringSetup].flatMap((number) => forbid(number, notImplemented)),
		...[...keys, openByHandle].flatMap((number) => forbid(number, notPermitted)),
		...(socketcall === undefined ? [] : forbid(socketcall, notImplemented)),
		[give, 0, 0, allow],
	];
	return [[jumpEqual, 0, body.length, architecture], ...body];
}

/** The filter for containers on this machine, as setpriv loads it; undefined for an architecture that it does not know. */
export function systemCallFilter(architecture: string): Buffer | undefined {
	const known = callsOf[architecture];
	if (known === undefined) return undefined;
	const steps: Step[] = [[load, 0, 0, offsetOf.architecture], ...known.flatMap(stepsOf), [give, 0, 0, refuse(notImplemented)]];
	const program = Buffer.alloc(steps.length * 8);
	for (const [index, [code, whenTrue, whenFalse, value]] of steps.entries()) {
		program.writeUInt16LE(code, index * 8);
		program.writeUInt8(whenTrue, index * 8 + 2);
		program.writeUInt8(whenFalse, index * 8 + 3);
		program.writeUInt32LE(value >>> 0, index * 8 + 4);
	}
	return program;
}
