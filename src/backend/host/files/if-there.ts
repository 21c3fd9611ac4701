/** What is read of something that need not be there; undefined where it cannot be read. */
export function ifThere<Result>(read: () => Result): Result | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}
