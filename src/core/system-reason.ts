/** What the system said, in words: `no such file or directory` out of Node's `ENOENT: no such file or directory, open 'x'`. */
export function systemReason(error: unknown): string {
	const message = error instanceof Error ? error.message : String(error);
	return /^(?:[a-z]+ )?[A-Z][A-Z0-9]+: (.+?)(?:, |$)/.exec(message)?.[1] ?? message;
}
