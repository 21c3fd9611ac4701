import {answers, errors, type AbiRules, type Answer, type Clause, type Condition} from './rules.ts';

const load = 0x20;
const mask = 0x54;
const jump = 0x05;
const jumpEqual = 0x15;
const jumpGreater = 0x25;
const jumpAtLeast = 0x35;
const give = 0x06;
const [numberAt, architectureAt, argumentsAt] = [0, 4, 16];
/** As the kernel's audit names them. */
const architectures = {x64: 0xc000_003e, i386: 0x4000_0003, arm64: 0xc000_00b7} as const;
/** Set in the numbers of x32, a second way to make every call of x86-64. */
const x32Bit = 0x4000_0000;
/** The kernel takes no more instructions. */
export const mostInstructions = 4096;
const instructionBytes = 8;
const longestJump = 255;
const wholeWord = 0xffff_ffff;

/** An instruction of the kernel's packet filter. */
type Step = readonly [code: number, whenTrue: number, whenFalse: number, value: number];

/** How long a filter is, as the kernel counts. */
export function countInstructions(filter: Buffer): number {
	return filter.length / instructionBytes;
}

/** A filter of system calls as the kernel takes it. Calls of an ABI without rules, and those of x32, are not there (ENOSYS). */
export function compileFilter(rules: readonly AbiRules[]): Buffer {
	const steps: Step[] = [[load, 0, 0, architectureAt]];
	for (const each of rules) {
		const body = [[load, 0, 0, numberAt] as const, ...decide(rangesOf(each))];
		steps.push([jumpEqual, 1, 0, architectures[each.abi]], [jump, 0, 0, body.length], ...body);
	}
	steps.push([give, 0, 0, answers.fail(errors.notImplemented)]);
	const program = Buffer.alloc(steps.length * instructionBytes);
	for (const [index, [code, whenTrue, whenFalse, value]] of steps.entries()) {
		const at = index * instructionBytes;
		program.writeUInt16LE(code, at);
		program.writeUInt8(whenTrue, at + 2);
		program.writeUInt8(whenFalse, at + 3);
		program.writeUInt32LE(value >>> 0, at + 4);
	}
	return program;
}

/** Numbers from one on, up to the next range, that have the same fate. */
interface Range {
	readonly from: number;
	readonly steps: readonly Step[];
}

function rangesOf({abi, clauses, otherwise}: AbiRules): Range[] {
	const ranges: Range[] = [];
	let last: Answer | undefined;
	let next = 0;
	const add = (from: number, fate: readonly Clause[]): void => {
		const [first] = fate;
		const always = first?.when.length === 0 ? first.answer : fate.length === 0 ? otherwise : undefined;
		if (always === undefined || always !== last) ranges.push({from, steps: always === undefined ? judge(fate, otherwise) : [[give, 0, 0, always]]});
		last = always;
	};
	for (const number of [...clauses.keys()].toSorted((a, b) => a - b)) {
		if (number > next) add(next, []);
		add(number, clauses.get(number) ?? []);
		next = number + 1;
	}
	add(next, []);
	if (abi === 'x64') add(x32Bit, [{when: [], answer: answers.fail(errors.notImplemented)}]);
	return ranges;
}

/** Halves the ranges until one is left: the number is in the accumulator. */
function decide(ranges: readonly Range[]): Step[] {
	const middle = Math.floor(ranges.length / 2);
	const pivot = ranges[middle];
	if (middle === 0 || pivot === undefined) return [...(ranges[0]?.steps ?? [])];
	const below = decide(ranges.slice(0, middle));
	const rest = decide(ranges.slice(middle));
	const over: Step[] =
		below.length <= longestJump
			? [[jumpAtLeast, below.length, 0, pivot.from]]
			: [
					[jumpAtLeast, 0, 1, pivot.from],
					[jump, 0, 0, below.length],
				];
	return [...over, ...below, ...rest];
}

function judge(clauses: readonly Clause[], otherwise: Answer): Step[] {
	const steps = clauses.flatMap(({when, answer}) => {
		let tail: Step[] = [[give, 0, 0, answer]];
		for (const condition of when.toReversed()) tail = [...test(condition, tail.length), ...tail];
		return tail;
	});
	return [...steps, [give, 0, 0, otherwise]];
}

/** Goes on behind itself where a condition holds, else `miss` steps further. */
function test({index, comparison, value, mask: bits}: Condition, miss: number): Step[] {
	const [low, high] = halves(value);
	const lowAt = argumentsAt + index * 8;
	const loadLow = [load, 0, 0, lowAt] as const;
	const loadHigh = [load, 0, 0, lowAt + 4] as const;
	switch (comparison) {
		case 'EQ':
		case 'MASKED_EQ': {
			const [lowBits, highBits] = bits === undefined ? [wholeWord, wholeWord] : halves(bits);
			const lower = [loadLow, ...masked(lowBits), [jumpEqual, 0, miss, low] as const];
			return highBits === 0 && high === 0 ? lower : [loadHigh, ...masked(highBits), [jumpEqual, 0, lower.length + miss, high], ...lower];
		}
		case 'NE':
			return [loadHigh, [jumpEqual, 0, 2, high], loadLow, [jumpEqual, miss, 0, low]];
		case 'GT':
		case 'GE':
			return [
				loadHigh,
				[jumpGreater, 3, 0, high],
				[jumpEqual, 0, 2 + miss, high],
				loadLow,
				[comparison === 'GT' ? jumpGreater : jumpAtLeast, 0, miss, low],
			];
		case 'LE':
		case 'LT':
			return [
				loadHigh,
				[jumpGreater, 3 + miss, 0, high],
				[jumpEqual, 0, 2, high],
				loadLow,
				[comparison === 'LE' ? jumpGreater : jumpAtLeast, miss, 0, low],
			];
	}
}

function masked(bits: number): Step[] {
	return bits === wholeWord ? [] : [[mask, 0, 0, bits]];
}

function halves(value: bigint): readonly [low: number, high: number] {
	return [Number(value & 0xffff_ffffn), Number((value >> 32n) & 0xffff_ffffn)];
}
