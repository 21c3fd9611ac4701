import {wordToBytes} from '../bytes.ts';
import {programStart, writeProgram} from './program-file.ts';

/** A word as the kernel takes it. */
export function cString(word: string): Buffer {
	return Buffer.concat([wordToBytes(word), Buffer.alloc(1)]);
}

/** One system call of a program. */
export interface Call {
	readonly number: number;
	/** Buffers are passed by their address; five at most. */
	readonly args: ReadonlyArray<number | Buffer | readonly Buffer[]>;
	/** Made only when the call before failed with this errno; else always. */
	readonly afterErrno?: number;
	/** When it fails the program goes on with its `fallback`; else the next call is made whatever comes of this one. */
	readonly required?: boolean;
}

const recordBytes = 64;

/**
 * The machine code, for x86-64, position 0 being the entry. rbx is the record, rbp the result of the last call.
 *
 *     00 mov ebx, RECORDS           15 mov eax, [rbx]          33 jns skip
 *     05 xor ebp, ebp               17 mov rdi, [rbx+8]        35 cmp dword ptr [rbx+56], 0
 *     07 next: mov rax, [rbx+48]    1b mov rsi, [rbx+16]       39 je skip
 *     0b test rax, rax              1f mov rdx, [rbx+24]       3b mov ebx, [rbx+56]
 *     0e je run                     23 mov r10, [rbx+32]       3e jmp next
 *     10 cmp rax, rbp               27 mov r8, [rbx+40]        40 skip: add rbx, 64
 *     13 jne skip                   2b syscall                 44 jmp next
 *     15 run:                       2d mov rbp, rax
 *                                   30 test rax, rax
 */
const code =
	'bb00000000 31ed 488b4330 4885c0 7405 4839e8 752b 8b03 488b7b08 488b7310 488b5318 4c8b5320 4c8b4328 0f05 4889c5 4885c0 790b 837b3800 7405 8b5b38 ebc7 4883c340 ebc1';

/**
 * A static program for Linux on x86-64 that makes these system calls and nothing else, some 4 ms from its start: what takes a guest's
 * shell and the tools of its root a tenth of a second each under emulation. `fallback` has to end the program, as the calls have.
 */
export function writeCallProgram(calls: readonly Call[], fallback: readonly Call[]): Buffer {
	const machineCode = Buffer.from(code.replaceAll(' ', ''), 'hex');
	const all = [...calls, ...fallback];
	const recordsAt = programStart + machineCode.length;
	machineCode.writeUInt32LE(recordsAt, 1);
	let dataAt = recordsAt + all.length * recordBytes;
	const data: Buffer[] = [];
	const place = (bytes: Buffer): number => {
		const at = dataAt;
		// What a pointer points to begins at a multiple of eight.
		const padded = Buffer.concat([bytes, Buffer.alloc(-(dataAt + bytes.length) & 7)]);
		data.push(padded);
		dataAt += padded.length;
		return at;
	};
	place(Buffer.alloc(0));
	const address = (value: number | Buffer | readonly Buffer[]): bigint => {
		if (typeof value === 'number') return BigInt(value);
		if (Buffer.isBuffer(value)) return BigInt(place(value));
		const pointers = Buffer.alloc((value.length + 1) * 8);
		for (const [index, each] of value.entries()) pointers.writeBigUInt64LE(BigInt(place(each)), index * 8);
		return BigInt(place(pointers));
	};
	const records = all.map(({number, args, afterErrno, required}) => {
		const record = Buffer.alloc(recordBytes);
		record.writeBigUInt64LE(BigInt(number), 0);
		for (const [index, value] of args.entries()) record.writeBigUInt64LE(address(value), 8 + index * 8);
		if (afterErrno !== undefined) record.writeBigInt64LE(BigInt(-afterErrno), 48);
		if (required === true) record.writeBigUInt64LE(BigInt(recordsAt + calls.length * recordBytes), 56);
		return record;
	});
	return writeProgram(Buffer.concat([machineCode, ...records, ...data]));
}
