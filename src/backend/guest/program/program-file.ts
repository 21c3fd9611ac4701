/** A processor that programs are written for, as Node names it. */
export type ProgramArchitecture = 'x64' | 'arm64';

const base = 0x40_0000;
const headerBytes = 64 + 56;
/** As an ELF file names them. */
const machines: Readonly<Record<ProgramArchitecture, number>> = {x64: 62, arm64: 183};

/** Where a program lies in memory. */
export const programStart = base + headerBytes;

/** The processor of this name as one that programs are written for; undefined: they are not. */
export function findProgramArchitecture(name: string): ProgramArchitecture | undefined {
	return name === 'x64' || name === 'arm64' ? name : undefined;
}

/** An executable file of Linux of this machine code and what follows it, which begins at its first byte. */
export function writeProgram(body: Buffer, architecture: ProgramArchitecture): Buffer {
	return Buffer.concat([writeHeader(headerBytes + body.length, architecture), body]);
}

/** The head of an ELF file with one segment, which holds all of it. */
function writeHeader(size: number, architecture: ProgramArchitecture): Buffer {
	const header = Buffer.alloc(headerBytes);
	header.write('\x7fELF\x02\x01\x01', 'latin1');
	header.writeUInt16LE(2, 16); // an executable
	header.writeUInt16LE(machines[architecture], 18);
	header.writeUInt32LE(1, 20);
	header.writeBigUInt64LE(BigInt(base + headerBytes), 24); // the entry
	header.writeBigUInt64LE(64n, 32); // where the segment's head is
	header.writeUInt16LE(64, 52);
	header.writeUInt16LE(56, 54);
	header.writeUInt16LE(1, 56);
	header.writeUInt32LE(1, 64); // to be loaded
	header.writeUInt32LE(5, 68); // to be read and executed
	header.writeBigUInt64LE(BigInt(base), 80);
	header.writeBigUInt64LE(BigInt(base), 88);
	header.writeBigUInt64LE(BigInt(size), 96);
	header.writeBigUInt64LE(BigInt(size), 104);
	header.writeBigUInt64LE(0x1000n, 112);
	return header;
}
