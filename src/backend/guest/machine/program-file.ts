const base = 0x40_0000;
const headerBytes = 64 + 56;

/** Where a program lies in memory. */
export const programStart = base + headerBytes;

/** An executable file of Linux on x86-64 of this machine code and what follows it, which begins at its first byte. */
export function writeProgram(body: Buffer): Buffer {
	return Buffer.concat([writeHeader(headerBytes + body.length), body]);
}

/** The head of an ELF file with one segment, which holds all of it. */
function writeHeader(size: number): Buffer {
	const header = Buffer.alloc(headerBytes);
	header.write('\x7fELF\x02\x01\x01', 'latin1');
	header.writeUInt16LE(2, 16); // an executable
	header.writeUInt16LE(62, 18); // x86-64
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
