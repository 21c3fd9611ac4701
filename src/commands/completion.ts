import type {SandboxSpec} from '../spec/types.ts';
import type {Session} from './session.ts';

/** Something that may stand at the cursor. */
export interface Candidate {
	readonly text: string;
	readonly description: string;
	/** More follows directly (a directory, `key=`): no blank after it. */
	readonly partial?: boolean;
}

/** What completers may ask. Every answer has a deadline set by the caller; a failing one counts as empty. */
export interface CompletionContext {
	readonly session: Session;
	/** The words of the same command before the one being completed. */
	readonly words: readonly string[];
	readonly spec: SandboxSpec | undefined;
	/** Running sandboxes of ours and, with all, every domain. */
	domains(all: boolean): Promise<ReadonlyArray<{name: string; state: string; ours: boolean}>>;
	profiles(): Promise<ReadonlyArray<{name: string; origin: string}>>;
	/** Names in a directory, directories with a trailing slash. */
	listDirectory(path: string): Promise<readonly string[]>;
	readonly commands: ReadonlyArray<{name: string; summary: string; group: string; hidden?: boolean}>;
}
