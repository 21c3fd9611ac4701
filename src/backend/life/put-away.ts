/** Takes back the steps of a start that has failed, the last one first; never rejects. */
export async function putAway(undo: ReadonlyArray<() => unknown>): Promise<void> {
	for (const step of undo.toReversed()) {
		try {
			await step();
		} catch {
			// The first fault is the one to tell; `clean` finds what is left.
		}
	}
}
