import type {Abi} from './call-numbers.ts';

/** What the kernel does about a call, as a filter says it. */
export type Answer = number;

/** The answers of filters, in the kernel's numbers. */
export const answers = {
	killThread: 0,
	killProcess: 0x8000_0000,
	trap: 0x0003_0000,
	log: 0x7ffc_0000,
	allow: 0x7fff_0000,
	/** The call fails with this number. */
	fail: (errno: number): Answer => 0x0005_0000 | errno,
} as const;

/** Numbers of errors that filters give. */
export const errors = {notPermitted: 1, notImplemented: 38, noSuchOption: 92, protocolNotSupported: 93, familyNotSupported: 97} as const;

/** How an argument is compared, all 64 bits of it; `MASKED_EQ` looks at those of the mask alone. */
export const comparisons = ['EQ', 'NE', 'LT', 'LE', 'GT', 'GE', 'MASKED_EQ'] as const;

/** What has to hold of one argument. */
export interface Condition {
	/** From 0 to 5. */
	readonly index: number;
	readonly comparison: (typeof comparisons)[number];
	readonly value: bigint;
	/** For `MASKED_EQ`. */
	readonly mask?: bigint;
}

/** An answer to calls of which all of this holds. */
export interface Clause {
	readonly when: readonly Condition[];
	readonly answer: Answer;
}

/** What becomes of the calls of one ABI: the first clause that holds decides. */
export interface AbiRules {
	readonly abi: Abi;
	readonly clauses: ReadonlyMap<number, readonly Clause[]>;
	/** For calls without a clause that holds. */
	readonly otherwise: Answer;
}

/** The ABIs that a kernel runs, its own first. 32-bit programs of arm64 have none of ours: all their calls fail. */
export const abisOf = {x64: ['x64', 'i386'], arm64: ['arm64']} as const satisfies Readonly<Record<string, readonly Abi[]>>;
