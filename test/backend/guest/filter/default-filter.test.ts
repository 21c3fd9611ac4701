import test from 'ava';
import {callNumbers, type Abi} from '../../../../src/backend/guest/filter/call-numbers.ts';
import {mostInstructions} from '../../../../src/backend/guest/filter/compile-filter.ts';
import {defaultFilter, namesIn} from '../../../../src/backend/guest/filter/default-filter.ts';
import {absent, allowed, refused, type CallGroup} from '../../../../src/backend/guest/filter/default-calls.ts';
import {judged} from '../../../../src/backend/guest/filter/judged-calls.ts';
import {abisOf} from '../../../../src/backend/guest/filter/rules.ts';
import {audited, judgeCall} from '../../../helpers/judge-call.ts';

const filters = {x64: defaultFilter('x64'), arm64: defaultFilter('arm64')};
const abis: ReadonlyArray<readonly [Abi, Buffer]> = [
	['x64', filters.x64],
	['i386', filters.x64],
	['arm64', filters.arm64],
];

function namesOf(groups: readonly CallGroup[]): string[] {
	return groups.flatMap(({calls}) => namesIn(calls));
}

test('every system call of every ABI is named once, and nothing else is', (t) => {
	const listed = namesOf([...allowed, ...refused, ...absent, ...judged]);
	const known = new Set(abis.flatMap(([abi]) => [...callNumbers(abi).keys()]));
	t.deepEqual(listed.toSorted(), [...known].toSorted());
});

for (const [abi, filter] of abis) {
	const numbers = callNumbers(abi);
	const answerTo = (name: string): string => judgeCall(filter, {architecture: audited[abi], number: numbers.get(name) ?? Number.NaN});

	test(`each call of ${abi} has the answer of its group`, (t) => {
		for (const [groups, answer] of [
			[allowed, 'allowed'],
			[refused, 'EPERM'],
			[absent, 'ENOSYS'],
		] as const) {
			const names = namesOf(groups).filter((name) => numbers.has(name));
			t.deepEqual(new Set(names.map(answerTo)), new Set([answer]), `${names.join(' ')}`);
		}
	});

	test(`a number that ${abi} does not have is that of no call`, (t) => {
		const known = new Set(numbers.values());
		const unknown = Array.from({length: 1200}, (_, number) => number).filter((number) => !known.has(number));
		t.true(unknown.length > 600);
		t.deepEqual([...new Set(unknown.map((number) => judgeCall(filter, {architecture: audited[abi], number})))], ['ENOSYS']);
	});

	for (const [name, args, answer] of [
		['clone', [0x0120_0011], 'allowed'],
		['clone', [0x1000_0011], 'EPERM'],
		['unshare', [0x0002_0000], 'allowed'],
		['unshare', [0x1002_0000], 'EPERM'],
		['socket', [1], 'allowed'],
		['socket', [2, 2, 1], 'allowed'],
		['socket', [2, 0x8_0801, 6], 'allowed'],
		['socket', [10, 2, 58], 'allowed'],
		['socket', [10, 2, 17], 'allowed'],
		['socket', [2, 1], 'allowed'],
		['socket', [2, 1, 17], 'EPROTONOSUPPORT'],
		['socket', [2, 2, 6], 'EPROTONOSUPPORT'],
		['socket', [2, 2, 58], 'EPROTONOSUPPORT'],
		['socket', [10, 2, 1], 'EPROTONOSUPPORT'],
		['socket', [10, 1, 262], 'EPROTONOSUPPORT'],
		['socket', [2, 0, 0], 'EPROTONOSUPPORT'],
		['socket', [2, 3, 0], 'EPROTONOSUPPORT'],
		['socket', [2, 3, 89], 'allowed'],
		['socket', [2, 1, 132], 'EPROTONOSUPPORT'],
		['socket', [10, 5, 132], 'EPROTONOSUPPORT'],
		['socket', [2, 5, 0], 'EPROTONOSUPPORT'],
		['socket', [2, 0x8_0006, 0], 'EPROTONOSUPPORT'],
		['socket', [2, 2, 115], 'EPROTONOSUPPORT'],
		['socket', [16], 'allowed'],
		['setsockopt', [0, 6, 38], 'errno 92'],
		['setsockopt', [0, 6, 1], 'allowed'],
		['setsockopt', [0, 1, 38], 'allowed'],
		['socket', [16, 3, 4], 'EPROTONOSUPPORT'],
		['socket', [16, 3, 12], 'EPROTONOSUPPORT'],
		['socket', [16, 3, 15], 'EPROTONOSUPPORT'],
		['socket', [16, 3, 16], 'EPROTONOSUPPORT'],
		['socket', [17], 'allowed'],
		['socket', [38], 'EAFNOSUPPORT'],
		['socket', [40], 'EAFNOSUPPORT'],
		['socketpair', [40], 'EAFNOSUPPORT'],
		['ioctl', [0, 0x4bff], 'allowed'],
		['ioctl', [0, 0x4c00], 'EPERM'],
		['ioctl', [0, 0x4c0f], 'EPERM'],
		['ioctl', [0, 0x4c10], 'allowed'],
		['ioctl', [0, 0x5401], 'allowed'],
		['ioctl', [0, 0x5412], 'EPERM'],
		['ioctl', [0, 0x5423], 'EPERM'],
		['ioctl', [0, 0x540c], 'EPERM'],
		['ioctl', [0, 0x540a, 0], 'EPERM'],
		['ioctl', [0, 0x540a, 1], 'allowed'],
		['ioctl', [0, 0x5000_9401], 'EPERM'],
		['ioctl', [0, 0x4000_bc10], 'EPERM'],
		['ioctl', [0, 0x4004_9409], 'allowed'],
		['ioctl', [0, 0xc018_9436], 'allowed'],
		['ioctl', [0, 0x8940], 'EPERM'],
		['ioctl', [0, 0x8982], 'EPERM'],
		['ioctl', [0, 0x8980], 'EPERM'],
		['ioctl', [0, 0x8912], 'allowed'],
		['ioctl', [0, 0xc050_6617], 'EPERM'],
		['ioctl', [0, 0xc040_6618], 'EPERM'],
		['ioctl', [0, 0xc040_6619], 'EPERM'],
		['ioctl', [0, 0xc080_661a], 'allowed'],
		['ioctl', [0, 0x541c], 'EPERM'],
		['prlimit64', [0, 7, 4096], 'allowed'],
		['prlimit64', [1, 7, 0], 'allowed'],
		['prlimit64', [1, 7, 4096], 'EPERM'],
		['fcntl', [0, 6], 'allowed'],
		['fcntl', [0, 1024], 'EPERM'],
		['fcntl', [0, 1040], 'EPERM'],
		['personality', [0xffff_ffff], 'allowed'],
		['personality', [-1], 'allowed'],
		['personality', [0], 'allowed'],
		['personality', [8], 'allowed'],
		['personality', [0x4_0000], 'allowed'],
		['personality', [0x40_0000], 'EPERM'],
		['prctl', [22], 'allowed'],
		['ptrace', [0], 'allowed'],
	] as const) {
		test(`${name} of ${abi} with ${args.map((value) => `0x${value.toString(16)}`).join(', ')} is ${answer}`, (t) => {
			t.is(judgeCall(filter, {architecture: audited[abi], number: numbers.get(name) ?? Number.NaN, args}), answer);
		});
	}
}

test('what the kernel does not look at hides no request', (t) => {
	const [ioctl, fcntl] = ['ioctl', 'fcntl'].map((name) => callNumbers('x64').get(name) ?? Number.NaN);
	const high = 0xdead_beef_0000_0000n;
	t.deepEqual(
		[
			[ioctl, 0x4c00n],
			[ioctl, 0x5412n],
			[fcntl, 1024n],
		].map(([number, request]) => judgeCall(filters.x64, {architecture: audited.x64, number: Number(number), args: [0, high | BigInt(request ?? 0)]})),
		['EPERM', 'EPERM', 'EPERM'],
	);
});

test('no call of x32, of 32-bit ARM or of another machine is there', (t) => {
	for (const number of [0, 59, 272]) {
		t.is(judgeCall(filters.x64, {architecture: audited.x64, number: 0x4000_0000 + number}), 'ENOSYS');
		t.is(judgeCall(filters.x64, {architecture: audited.arm64, number}), 'ENOSYS');
		t.is(judgeCall(filters.arm64, {architecture: audited.arm, number}), 'ENOSYS');
	}
});

test('it is small enough for the kernel', (t) => {
	for (const architecture of ['x64', 'arm64'] as const) {
		t.true(abisOf[architecture].length > 0);
		t.true(filters[architecture].length / 8 < mostInstructions / 3);
	}
});
