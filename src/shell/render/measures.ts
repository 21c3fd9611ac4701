/** Milliseconds for people: `12 ms`, `3.4 s`, `5 min 2 s`. */
export function describeDuration(milliseconds: number): string {
	if (milliseconds < 1000) {
		return `${Math.round(milliseconds)} ms`;
	}
	if (milliseconds < 60_000) {
		return `${(milliseconds / 1000).toFixed(1)} s`;
	}
	const seconds = Math.round(milliseconds / 1000);
	return seconds < 3600 ? `${Math.floor(seconds / 60)} min ${seconds % 60} s` : `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
