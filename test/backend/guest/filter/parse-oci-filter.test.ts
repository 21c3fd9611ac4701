import test from 'ava';
import {callNumbers} from '../../../../src/backend/guest/filter/call-numbers.ts';
import {compileFilter} from '../../../../src/backend/guest/filter/compile-filter.ts';
import {parseOciFilter, type FilterBasis} from '../../../../src/backend/guest/filter/parse-oci-filter.ts';
import {audited, judgeCall} from '../../../helpers/judge-call.ts';

const basis: FilterBasis = {architecture: 'x64', kernel: '6.12.3+deb13-amd64', capabilities: ['CAP_CHOWN', 'CAP_KILL']};

/** How a call is answered under a file. */
function answerTo(document: object, name: string, args: ReadonlyArray<number | bigint> = [], abi: 'x64' | 'i386' = 'x64'): string {
	return judgeCall(compileFilter(parseOciFilter(document, basis)), {architecture: audited[abi], number: callNumbers(abi).get(name) ?? Number.NaN, args});
}

const begin = {names: ['execve'], action: 'SCMP_ACT_ALLOW'};
const allowOnly = (entry: object) => ({defaultAction: 'SCMP_ACT_ERRNO', syscalls: [begin, {names: ['read'], action: 'SCMP_ACT_ALLOW', ...entry}]});

test('every action has its answer', (t) => {
	const actions = {
		SCMP_ACT_ALLOW: 'allowed',
		SCMP_ACT_LOG: 'logged',
		SCMP_ACT_TRAP: 'trapped',
		SCMP_ACT_KILL: 'thread killed',
		SCMP_ACT_KILL_THREAD: 'thread killed',
		SCMP_ACT_KILL_PROCESS: 'process killed',
		SCMP_ACT_ERRNO: 'EPERM',
	};
	for (const [action, answer] of Object.entries(actions)) {
		t.is(answerTo({defaultAction: action, syscalls: [begin]}, 'read'), answer);
		t.is(answerTo({defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['write', 'read'], action}]}, 'read'), answer);
	}
	t.is(answerTo({defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38, syscalls: [begin]}, 'read'), 'ENOSYS');
	t.is(answerTo({defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{name: 'read', action: 'SCMP_ACT_ERRNO', errnoRet: 5}]}, 'read'), 'errno 5');
});

const [small, large] = [7n, 0x1_0000_0007n];
for (const [op, of7, more] of [
	['EQ', [false, true, false, false], {}],
	['NE', [true, false, true, true], {}],
	['LT', [true, false, false, false], {}],
	['LE', [true, true, false, false], {}],
	['GT', [false, false, true, true], {}],
	['GE', [false, true, true, true], {}],
	['MASKED_EQ', [false, true, false, true], {valueTwo: 7}],
] as const) {
	test(`arguments are compared by ${op}, in all their bits`, (t) => {
		const entry = {args: [{index: 2, value: 7, op: `SCMP_CMP_${op}`, ...more}]};
		const answers = [small - 1n, small, small + 1n, large].map((value) => answerTo(allowOnly(entry), 'read', [0, 0, value]) === 'allowed');
		t.deepEqual(answers, [...of7]);
		const wide = {args: [{index: 0, value: Number(large), op: `SCMP_CMP_${op}`, ...(op === 'MASKED_EQ' ? {valueTwo: Number(large)} : {})}]};
		const wideAnswers = [small, large - 1n, large, large + 1n].map((value) => answerTo(allowOnly(wide), 'read', [value]) === 'allowed');
		t.deepEqual(
			wideAnswers,
			{
				EQ: [false, false, true, false],
				NE: [true, true, false, true],
				LT: [true, true, false, false],
				LE: [true, true, true, false],
				GT: [false, false, false, true],
				GE: [false, false, true, true],
				MASKED_EQ: [false, false, true, false],
			}[op],
		);
	});
}

test('all conditions of an entry have to hold, and the first entry that holds decides', (t) => {
	const document = {
		defaultAction: 'SCMP_ACT_ERRNO',
		syscalls: [
			begin,
			{
				names: ['socket'],
				action: 'SCMP_ACT_TRAP',
				args: [
					{index: 0, value: 16, op: 'SCMP_CMP_EQ'},
					{index: 2, value: 9, op: 'SCMP_CMP_EQ'},
				],
			},
			{names: ['socket'], action: 'SCMP_ACT_ALLOW', args: [{index: 0, value: 40, op: 'SCMP_CMP_NE'}]},
			{names: ['socket'], action: 'SCMP_ACT_LOG'},
			{names: ['socket'], action: 'SCMP_ACT_KILL'},
		],
	};
	t.deepEqual(
		[
			[16, 3, 9],
			[16, 3, 8],
			[1, 3, 9],
			[40, 1, 0],
		].map((args) => answerTo(document, 'socket', args)),
		['trapped', 'allowed', 'allowed', 'logged'],
	);
});

test('of several conditions on one argument each is enough', (t) => {
	const document = allowOnly({
		args: [
			{index: 0, value: 1, op: 'SCMP_CMP_EQ'},
			{index: 0, value: 3, op: 'SCMP_CMP_EQ'},
		],
	});
	t.deepEqual(
		[1, 2, 3].map((value) => answerTo(document, 'read', [value])),
		['allowed', 'EPERM', 'allowed'],
	);
});

test('32-bit calls are there where the file has them', (t) => {
	t.is(answerTo(allowOnly({}), 'read', [], 'i386'), 'ENOSYS');
	t.is(answerTo({...allowOnly({}), architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32']}, 'read', [], 'i386'), 'allowed');
	const map = [
		{architecture: 'SCMP_ARCH_AARCH64', subArchitectures: ['SCMP_ARCH_ARM']},
		{architecture: 'SCMP_ARCH_X86_64', subArchitectures: ['SCMP_ARCH_X86']},
	];
	t.is(answerTo({...allowOnly({}), archMap: map}, 'read', [], 'i386'), 'allowed');
	t.is(answerTo({...allowOnly({}), archMap: map.slice(0, 1)}, 'read', [], 'i386'), 'ENOSYS');
});

for (const [key, limits, isMeant] of [
	['includes', {caps: ['CAP_CHOWN', 'CAP_KILL']}, true],
	['includes', {caps: ['CAP_CHOWN', 'CAP_SYS_ADMIN']}, false],
	['includes', {arches: ['arm64', 'amd64']}, true],
	['includes', {arches: ['s390x']}, false],
	['includes', {minKernel: '6.12'}, true],
	['includes', {minKernel: '6.13'}, false],
	['includes', {minKernel: '4.20'}, true],
	['excludes', {caps: ['CAP_SYS_ADMIN']}, true],
	['excludes', {caps: ['CAP_SYS_ADMIN', 'CAP_KILL']}, false],
	['excludes', {arches: ['amd64']}, false],
	['excludes', {minKernel: '4.8'}, false],
	['excludes', {}, true],
] as const) {
	test(`an entry that ${key} ${JSON.stringify(limits)} is ${isMeant ? 'heeded' : 'left out'}`, (t) => {
		t.is(answerTo(allowOnly({[key]: limits}), 'read'), isMeant ? 'allowed' : 'EPERM');
	});
}

test('names of other kernels are left out, unless that left a call open', (t) => {
	t.is(answerTo({defaultAction: 'SCMP_ACT_ERRNO', syscalls: [begin, {names: ['s390_runtime_instr', 'read'], action: 'SCMP_ACT_ALLOW'}]}, 'read'), 'allowed');
	t.throws(() => parseOciFilter({defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['opne'], action: 'SCMP_ACT_KILL'}]}, basis), {
		message: "syscalls[0].names[0] is not a system call that is known here: 'opne'",
	});
});

const fault = (entry: object) => ({
	defaultAction: 'SCMP_ACT_ERRNO',
	syscalls: [
		{names: ['read'], action: 'SCMP_ACT_ALLOW'},
		{names: ['read'], action: 'SCMP_ACT_ALLOW', ...entry},
	],
});
for (const [document, message] of [
	[[], 'it is not an object'],
	[{}, 'defaultAction is not a string'],
	[{defaultAction: 'ALLOW'}, "defaultAction is not an action: 'ALLOW'"],
	[{defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 4096}, 'defaultErrnoRet is not a whole number from 0 to 4095'],
	[{defaultAction: 'SCMP_ACT_KILL'}, 'it never allows execve, by which the command begins'],
	[{defaultAction: 'SCMP_ACT_NOTIFY'}, 'defaultAction is SCMP_ACT_NOTIFY, which needs a program that decides over calls, and there is none here'],
	[{defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/x'}, 'listenerPath names a program that decides over calls, and there is none here'],
	[{defaultAction: 'SCMP_ACT_ALLOW', architectures: ['x86_64']}, "architectures[0] is no architecture: 'x86_64'"],
	[{defaultAction: 'SCMP_ACT_ALLOW', archMap: [{}]}, 'archMap[0].architecture is not a string'],
	[{defaultAction: 'SCMP_ACT_ALLOW', syscalls: {}}, 'syscalls is not a list'],
	[{defaultAction: 'SCMP_ACT_ALLOW', syscall: []}, "it has a key that is not known: 'syscall'. Did you mean 'syscalls'?"],
	[fault({arg: []}), "syscalls[1] has a key that is not known: 'arg'. Did you mean 'args'?"],
	[fault({names: 'read'}), 'syscalls[1].names is not a list'],
	[fault({names: [1]}), 'syscalls[1].names[0] is not a string'],
	[fault({action: undefined}), 'syscalls[1].action is not a string'],
	[fault({action: 'SCMP_ACT_TRACE'}), 'syscalls[1].action is SCMP_ACT_TRACE, which needs a program that decides over calls, and there is none here'],
	[fault({action: 'SCMP_ACT_ERRNO', errnoRet: -1}), 'syscalls[1].errnoRet is not a whole number from 0 to 4095'],
	[fault({args: [{index: 6, value: 0, op: 'SCMP_CMP_EQ'}]}), 'syscalls[1].args[0].index is not a whole number from 0 to 5'],
	[fault({args: [{index: 0, value: 'x', op: 'SCMP_CMP_EQ'}]}), `syscalls[1].args[0].value is not a whole number from 0 to ${Number.MAX_SAFE_INTEGER}`],
	[fault({args: [{index: 0, value: 0, op: 'constructor'}]}), "syscalls[1].args[0].op is not a comparison: 'constructor'"],
	[fault({includes: {caps: 'CAP_KILL'}}), 'syscalls[1].includes.caps is not a list'],
	[fault({excludes: {minKernel: 4}}), 'syscalls[1].excludes.minKernel is not a string'],
] as const) {
	test(`a fault is told with its place: ${message}`, (t) => {
		t.throws(() => parseOciFilter(document, basis), {message});
	});
}

test('more entries than a filter can have are refused before they take memory', (t) => {
	const entry = {names: ['read'], action: 'SCMP_ACT_ALLOW', args: [{index: 0, value: 1, op: 'SCMP_CMP_EQ'}]};
	t.throws(() => parseOciFilter({defaultAction: 'SCMP_ACT_ERRNO', syscalls: Array.from({length: 5000}, () => entry)}, basis), {
		message: 'it has more entries than a filter can, from syscalls[4096] on',
	});
});
