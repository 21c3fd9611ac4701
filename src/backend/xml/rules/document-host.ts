/** What a path is; unknown: it could not be looked at. */
export type PathKind = 'file' | 'directory' | 'block' | 'character' | 'other' | 'nothing' | 'unknown';

/** What rules ask of the host that a document is for. */
export interface DocumentHost {
	/** Symbolic links are followed. */
	kindOf(path: string): Promise<PathKind>;
	/** Undefined: it could not be read. */
	namesIn(directory: string): Promise<readonly string[] | undefined>;
	/** The security models, such as `dac` and `apparmor`. */
	labelModels(): Promise<ReadonlySet<string>>;
	/** The number of its CPUs, and its memory in bytes; undefined: it does not tell. */
	size(): Promise<{readonly cpus: number | undefined; readonly memory: number | undefined}>;
}
