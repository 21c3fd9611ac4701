/** A system call as a filter sees it. */
export interface SeenCall {
	readonly architecture: number;
	readonly number: number;
	readonly args?: ReadonlyArray<number | bigint>;
}

/** As the kernel's audit names them. */
export const audited = {x64: 0xc000_003e, i386: 0x4000_0003, arm64: 0xc000_00b7, arm: 0x4000_0028} as const;

const said = new Map([
	[0x7fff_0000, 'allowed'],
	[0x7ffc_0000, 'logged'],
	[0x0003_0000, 'trapped'],
	[0x8000_0000, 'process killed'],
	[0, 'thread killed'],
	[0x0005_0001, 'EPERM'],
	[0x0005_0026, 'ENOSYS'],
	[0x0005_005d, 'EPROTONOSUPPORT'],
	[0x0005_0061, 'EAFNOSUPPORT'],
]);

/** What the kernel makes of a call: the answer of a filter, by an interpreter of the few instructions it may have. */
export function judgeCall(program: Buffer, {architecture, number, args = []}: SeenCall): string {
	const data = Buffer.alloc(64);
	data.writeUInt32LE(number, 0);
	data.writeUInt32LE(architecture, 4);
	for (const [index, value] of args.entries()) data.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), 16 + index * 8);
	let accumulator = 0;
	for (let at = 0; at * 8 < program.length; at++) {
		const code = program.readUInt16LE(at * 8);
		const value = program.readUInt32LE(at * 8 + 4);
		const jump = (condition: boolean): void => {
			at += program.readUInt8(at * 8 + (condition ? 2 : 3));
		};
		switch (code) {
			case 0x20:
				accumulator = data.readUInt32LE(value);
				break;
			case 0x54:
				accumulator = (accumulator & value) >>> 0;
				break;
			case 0x05:
				at += value;
				break;
			case 0x15:
				jump(accumulator === value);
				break;
			case 0x25:
				jump(accumulator > value);
				break;
			case 0x35:
				jump(accumulator >= value);
				break;
			case 0x06:
				return said.get(value) ?? `errno ${value - 0x0005_0000}`;
			default:
				throw new Error(`no such instruction: ${code}`);
		}
	}
	throw new Error('the program has no end');
}
