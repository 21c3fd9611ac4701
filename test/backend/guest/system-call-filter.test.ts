import test, {type ExecutionContext} from 'ava';
import {systemCallFilter} from '../../../src/backend/guest/system-call-filter.ts';

interface Call {
	readonly architecture: number;
	readonly number: number;
	readonly first?: number;
	readonly second?: number;
}

/** What the kernel makes of a call: the filter's answer, by an interpreter of the few instructions it may have. */
function judge(program: Buffer, {architecture, number, first = 0, second = 0}: Call): number {
	const data = new Map([
		[0, number],
		[4, architecture],
		[16, first],
		[24, second],
	]);
	let accumulator = 0;
	for (let at = 0; at * 8 < program.length; at++) {
		const code = program.readUInt16LE(at * 8);
		const value = program.readUInt32LE(at * 8 + 4);
		const jump = (condition: boolean): void => {
			at += program.readUInt8(at * 8 + (condition ? 2 : 3));
		};
		if (code === 0x20) accumulator = data.get(value) ?? Number.NaN;
		else if (code === 0x15) jump(accumulator === value);
		else if (code === 0x35) jump(accumulator >= value);
		else if (code === 0x45) jump((accumulator & value) !== 0);
		else if (code === 0x06) return value;
		else throw new Error(`no such instruction: ${code}`);
	}
	throw new Error('the program has no end');
}

const answers = new Map([
	[0x7fff_0000, 'allowed'],
	[0x0005_0001, 'EPERM'],
	[0x0005_0026, 'ENOSYS'],
	[0x0005_0061, 'EAFNOSUPPORT'],
]);
const [x64, i386, arm64, arm] = [0xc000_003e, 0x4000_0003, 0xc000_00b7, 0x4000_0028];

const answersTo = test.macro({
	exec(t: ExecutionContext, machine: string, call: Call, answer: string) {
		t.is(answers.get(judge(systemCallFilter(machine) ?? Buffer.alloc(0), call)), answer);
	},
	title: (_, machine, {architecture, number, first, second}, answer) =>
		`on ${machine}: call ${number} of ${architecture.toString(16)} with ${first ?? second ?? 0} is ${answer}`,
});

test('read', answersTo, 'x64', {architecture: x64, number: 0}, 'allowed');
test('fork', answersTo, 'x64', {architecture: x64, number: 56, first: 0x0120_0011}, 'allowed');
test('clone with a user namespace', answersTo, 'x64', {architecture: x64, number: 56, first: 0x1000_0011}, 'EPERM');
test('unshare of a mount namespace', answersTo, 'x64', {architecture: x64, number: 272, first: 0x0002_0000}, 'allowed');
test('unshare of a user namespace', answersTo, 'x64', {architecture: x64, number: 272, first: 0x1002_0000}, 'EPERM');
test('clone3', answersTo, 'x64', {architecture: x64, number: 435}, 'ENOSYS');
test('add_key', answersTo, 'x64', {architecture: x64, number: 248}, 'EPERM');
test('keyctl', answersTo, 'x64', {architecture: x64, number: 250}, 'EPERM');
test('open_by_handle_at', answersTo, 'x64', {architecture: x64, number: 304}, 'EPERM');
test('a UNIX socket', answersTo, 'x64', {architecture: x64, number: 41, first: 1}, 'allowed');
test('a socket of virtual machines', answersTo, 'x64', {architecture: x64, number: 41, first: 40}, 'EAFNOSUPPORT');
test('io_uring_setup', answersTo, 'x64', {architecture: x64, number: 425}, 'ENOSYS');
test('a loop device that would stay', answersTo, 'x64', {architecture: x64, number: 16, second: 0x4c04}, 'EPERM');
test('the last request to loop devices', answersTo, 'x64', {architecture: x64, number: 16, second: 0x4c0f}, 'EPERM');
test('a request before those', answersTo, 'x64', {architecture: x64, number: 16, second: 0x4bff}, 'allowed');
test('a request after those', answersTo, 'x64', {architecture: x64, number: 16, second: 0x5401}, 'allowed');
test('a request to a loop device on ARM', answersTo, 'arm64', {architecture: arm64, number: 29, second: 0x4c00}, 'EPERM');
test('unshare of x32', answersTo, 'x64', {architecture: x64, number: 0x4000_0000 + 272, first: 0x1000_0000}, 'ENOSYS');
test('32-bit unshare', answersTo, 'x64', {architecture: i386, number: 310, first: 0x1000_0000}, 'EPERM');
test('32-bit exit', answersTo, 'x64', {architecture: i386, number: 1}, 'allowed');
test('32-bit number of the 64-bit unshare', answersTo, 'x64', {architecture: i386, number: 272, first: 0x1000_0000}, 'allowed');
test('32-bit socketcall', answersTo, 'x64', {architecture: i386, number: 102}, 'ENOSYS');
test('a foreign architecture', answersTo, 'x64', {architecture: arm64, number: 0}, 'ENOSYS');
test('unshare on ARM', answersTo, 'arm64', {architecture: arm64, number: 97, first: 0x1000_0000}, 'EPERM');
test('clone on ARM', answersTo, 'arm64', {architecture: arm64, number: 220, first: 0x1000_0000}, 'EPERM');
test('keyctl on ARM', answersTo, 'arm64', {architecture: arm64, number: 219}, 'EPERM');
test('32-bit unshare on ARM', answersTo, 'arm64', {architecture: arm, number: 337, first: 0x1000_0000}, 'EPERM');

test('a machine it does not know has no filter', (t) => {
	t.is(systemCallFilter('s390x'), undefined);
});
