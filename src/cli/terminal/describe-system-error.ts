/** The reason of a failed system call, in words: `ENOSPC: no space left on device, write` is `no space left on device`. */
export function describeSystemError(error: unknown): string {
	if (!(error instanceof Error)) {
		return String(error);
	}
	return /^(?:[a-z]+ )?[A-Z][A-Z0-9]+: (.*), [a-z]+$/.exec(error.message)?.[1] ?? error.message;
}
