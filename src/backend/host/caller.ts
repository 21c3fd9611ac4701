import type {ProcessBounds} from './process-bounds.ts';

/** Whoever starts a sandbox or has a command run. */
export type Caller = Readonly<{
	uid: number;
	gid: number;
	groups: readonly number[];
	cwd: string;
	environment: Readonly<Record<string, string | undefined>>;
	pid: number;
	/** What its commands have of it as well; undefined: what the guest's init has. */
	bounds?: ProcessBounds | undefined;
	/** The words that run its program anew, for what a process of its own does; undefined: all is done in this one. */
	program?: readonly string[] | undefined;
}>;
