/** What is read of something, or done to it, that need not be there; undefined where that cannot be. */
export function ifThere<Result>(read: () => Result): Result | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}
