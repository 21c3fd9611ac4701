import type {ProgramArchitecture} from './program-file.ts';

/** What a program of ours is written by that begins another one. */
export interface ProgramBasis {
	readonly architecture: ProgramArchitecture;
	/** The filter of system calls that it takes on; undefined: none besides the one that it has. */
	readonly filter: Buffer | undefined;
}
