/** Milliseconds by a clock that never goes back. Node loads a module for `performance`, and every start would wait for that. */
export function clockMs(): number {
	const [seconds, nanoseconds] = process.hrtime();
	return seconds * 1000 + nanoseconds / 1e6;
}
