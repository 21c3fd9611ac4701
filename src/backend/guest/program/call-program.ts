import {wordToBytes} from '../../../core/bytes.ts';
import {programStart, writeProgram, type ProgramArchitecture} from './program-file.ts';

/** A word as the kernel takes it. */
export function cString(word: string): Buffer {
	return wordToBytes(`${word}\0`);
}

/** What a system call gets in one register: a number, or the address of bytes, of a list of addresses that ends with none, or of a structure of 64-bit fields. */
export type Value = number | Buffer | readonly Buffer[] | {readonly fields: readonly Value[]};

/** One system call of a program. */
export interface Call {
	readonly number: number;
	/** Five at most. */
	readonly args: readonly Value[];
	/** Made only when the call before failed with this errno; else always. */
	readonly afterErrno?: number;
	/** When it fails the program goes on with its `fallback`; else the next call is made whatever comes of this one. */
	readonly required?: boolean;
	/** When it fails so many calls after it are left out. */
	readonly skips?: number;
	/** Its third argument is what the call before gave, whatever `args` has there. For x86-64 alone. */
	readonly takesResult?: boolean;
}

/** Number, five arguments, the result after which it is made, where to go on when it fails; eight bytes each. */
const recordBytes = 64;
const fieldBytes = 8;
const upperHalf = 2 ** 32;

/**
 * For x86-64, position 0 being the entry. rbx is the record, rbp the result of the last call.
 *
 *     00 mov ebx, RECORDS           15 mov eax, [rbx]              36 mov rbp, rax
 *     05 xor ebp, ebp               17 mov rdi, [rbx+8]            39 test rax, rax
 *     07 next: mov rax, [rbx+48]    1b mov rsi, [rbx+16]           3c jns skip
 *     0b test rax, rax              1f mov rdx, [rbx+24]           3e cmp dword ptr [rbx+56], 0
 *     0e je run                     23 mov r10, [rbx+32]           42 je skip
 *     10 cmp rax, rbp               27 mov r8, [rbx+40]            44 mov ebx, [rbx+56]
 *     13 jne skip                   2b cmp dword ptr [rbx+60], 0   47 jmp next
 *     15 run:                       2f je call                     49 skip: add rbx, 64
 *                                   31 mov rdx, rbp                4d jmp next
 *                                   34 call: syscall
 */
const codeForX64 =
	'bb00000000 31ed 488b4330 4885c0 7405 4839e8 7534 8b03 488b7b08 488b7310 488b5318 4c8b5320 4c8b4328 837b3c00 7403 4889ea 0f05 4889c5 4885c0 790b 837b3800 7405 8b5b38 ebbe 4883c340 ebb8';

/**
 * The same for arm64. x19 is the record, x20 the result of the last call.
 *
 *     00 movz w19, RECORDS           18 b.ne skip               34 tbz x20, 63, skip
 *     04 movk w19, RECORDS, lsl 16   1c run: ldr x8, [x19]      38 ldr x9, [x19, 56]
 *     08 mov x20, 0                  20 ldp x0, x1, [x19, 8]    3c cbz x9, skip
 *     0c next: ldr x9, [x19, 48]     24 ldp x2, x3, [x19, 24]   40 mov x19, x9
 *     10 cbz x9, run                 28 ldr x4, [x19, 40]       44 b next
 *     14 cmp x9, x20                 2c svc 0                   48 skip: add x19, x19, 64
 *                                    30 mov x20, x0             4c b next
 */
const codeForArm64: readonly number[] = [
	0x5280_0013, 0x72a0_0013, 0xd280_0014, 0xf940_1a69, 0xb400_0069, 0xeb14_013f, 0x5400_0181, 0xf940_0268, 0xa940_8660, 0xa941_8e62, 0xf940_1664, 0xd400_0001,
	0xaa00_03f4, 0xb6f8_00b4, 0xf940_1e69, 0xb400_0069, 0xaa09_03f3, 0x17ff_fff2, 0x9101_0273, 0x17ff_fff0,
];

/** The machine code that makes the calls of the records behind it. */
function writeLoop(architecture: ProgramArchitecture): Buffer {
	if (architecture === 'x64') {
		const code = Buffer.from(codeForX64.replaceAll(' ', ''), 'hex');
		code.writeUInt32LE(programStart + code.length, 1);
		return code;
	}
	const code = Buffer.alloc(codeForArm64.length * 4);
	for (const [index, instruction] of codeForArm64.entries()) code.writeUInt32LE(instruction, index * 4);
	const recordsAt = programStart + code.length;
	// A move has its 16 bits from bit 5 on.
	code.writeUInt32LE(code.readUInt32LE(0) + (recordsAt & 0xffff) * 32, 0);
	code.writeUInt32LE(code.readUInt32LE(4) + (recordsAt >>> 16) * 32, 4);
	return code;
}

/**
 * A static program for Linux that makes these system calls and nothing else. It needs no file but itself, so nothing of a guest's root
 * runs with it; and it takes an emulated guest some 4 ms, where a shell and the tools of its root take a tenth of a second each.
 * `fallback` has to end the program, as the calls have.
 */
export function writeCallProgram(calls: readonly Call[], fallback: readonly Call[], architecture: ProgramArchitecture = 'x64'): Buffer {
	const loop = writeLoop(architecture);
	const all = [...calls, ...fallback];
	const recordsAt = programStart + loop.length;
	const data = new Data(recordsAt + all.length * recordBytes);
	const records = new Fields(all.length * (recordBytes / fieldBytes));
	let at = 0;
	for (const [index, {number, args, afterErrno, required, skips, takesResult}] of all.entries()) {
		records.set(at, number);
		let place = at;
		for (const value of args) records.set(++place, data.address(value));
		if (afterErrno !== undefined) records.set(at + 6, -afterErrno);
		// The upper half of where to go on, an address of 32 bits, says whether a result is taken.
		const next = required === true ? calls.length : skips === undefined ? undefined : index + 1 + skips;
		const after = (next === undefined ? 0 : recordsAt + next * recordBytes) + (takesResult === true ? upperHalf : 0);
		if (after !== 0) records.set(at + 7, after);
		at += recordBytes / fieldBytes;
	}
	return writeProgram(Buffer.concat([loop, records.bytes, ...data.parts]), architecture);
}

/** Numbers of 64 bits in a row, all 0 at first: in halves, since there are hundreds in a program, and one as a BigInt takes its time. */
class Fields {
	readonly #halves: Uint32Array;

	constructor(count: number) {
		this.#halves = new Uint32Array(count * 2);
	}

	/** Each is a safe integer. */
	set(index: number, value: number): void {
		this.#halves[index * 2] = value;
		this.#halves[index * 2 + 1] = Math.floor(value / upperHalf);
	}

	/** As a processor with the least significant byte first has them, which is each that programs are written for and on. */
	get bytes(): Buffer {
		return Buffer.from(this.#halves.buffer);
	}
}

const zeros = Buffer.alloc(fieldBytes);

/** What the addresses of a program's calls lead to, each thing once. */
class Data {
	readonly parts: Buffer[] = [];
	readonly #known = new Map<Value, number>();
	#at: number;

	constructor(at: number) {
		this.#at = at;
		// What a pointer points to begins at a multiple of eight.
		this.#place(Buffer.alloc(0));
	}

	address(value: Value): number {
		if (typeof value === 'number') return value;
		const known = this.#known.get(value) ?? this.#place(this.#bytes(value));
		this.#known.set(value, known);
		return known;
	}

	#bytes(value: Exclude<Value, number>): Buffer {
		if (Buffer.isBuffer(value)) return value;
		const fields = 'fields' in value ? value.fields : [...value, 0];
		const written = new Fields(fields.length);
		for (const [index, field] of fields.entries()) written.set(index, this.address(field));
		return written.bytes;
	}

	#place(bytes: Buffer): number {
		const at = this.#at;
		const padding = -(at + bytes.length) & 7;
		this.parts.push(bytes);
		if (padding !== 0) this.parts.push(zeros.subarray(0, padding));
		this.#at += bytes.length + padding;
		return at;
	}
}
