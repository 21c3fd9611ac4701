// Scripts that make system calls, by number, as x86-64 has them.

export type Call = readonly [name: string, number: number, ...words: ReadonlyArray<number | string>];

/** EPERM and ENOSYS: all else comes from behind the wall. */
const refusals = '1|38';

/** Perl that makes each call and tells which was not refused before the kernel looked at what it is about. */
export function refuseCalls(calls: readonly Call[], more = ''): string {
	const lines = calls.map(([name, number, ...words]) => `try("${name}", ${[number, ...words].join(', ')});`);
	return `perl -e '
		sub try {
			my ($name, $number, @words) = @_;
			my $given = syscall($number, @words);
			my $error = $! + 0;
			print "open: $name gives ", $given == -1 ? "$!" : $given, "\\n" unless $given == -1 && $error =~ /^(${refusals})$/;
		}
		$| = 1;
		${lines.join('\n')}
		${more}'
		echo held`;
}

/** The program at $MINE/call makes one call as i386 does; its status is the error's number, 0 without one. */
export function refuseOldCalls(calls: ReadonlyArray<readonly [name: string, number: number, first: number]>): string {
	const tries = calls.map(([name, number, first]) => `try '${name}' '${octal(int32(number))}' '${octal(int32(first))}'`);
	return `try() {
			printf '${octal(programHead)}'"$2\\273$3"'${octal(programEnd)}' >$MINE/call && chmod 755 $MINE/call
			$MINE/call; case $? in 1|38|139) ;; *) echo "open: $1 by int 0x80 gives $?" ;; esac; rm -f $MINE/call
		}
		${tries.join('\n')}
		echo held`;
}

function octal(bytes: Iterable<number>): string {
	return [...bytes].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}

/** All before the number: mov eax. The number, mov ebx and the first word come of the script. */
const codeBytes = 27;
/** xor ecx, ecx; xor edx, edx; int 0x80; neg eax; mov edi, eax; exit */
const programEnd = [0x31, 0xc9, 0x31, 0xd2, 0xcd, 0x80, 0xf7, 0xd8, 0x89, 0xc7, 0xb8, 60, 0, 0, 0, 0x0f, 0x05];
const programHead = makeHead();

function makeHead(): Buffer {
	const head = Buffer.alloc(121);
	head.write('\x7fELF\x02\x01\x01', 'latin1');
	head.writeUInt16LE(2, 16);
	head.writeUInt16LE(62, 18);
	head.writeUInt32LE(1, 20);
	head.writeBigUInt64LE(0x40_0078n, 24);
	head.writeBigUInt64LE(64n, 32);
	head.writeUInt16LE(64, 52);
	head.writeUInt16LE(56, 54);
	head.writeUInt16LE(1, 56);
	head.writeUInt32LE(1, 64);
	head.writeUInt32LE(5, 68);
	head.writeBigUInt64LE(0x40_0000n, 80);
	head.writeBigUInt64LE(0x40_0000n, 88);
	head.writeBigUInt64LE(BigInt(120 + codeBytes), 96);
	head.writeBigUInt64LE(BigInt(120 + codeBytes), 104);
	head.writeBigUInt64LE(0x1000n, 112);
	head[120] = 0xb8;
	return head;
}

function int32(value: number): number[] {
	return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255];
}
