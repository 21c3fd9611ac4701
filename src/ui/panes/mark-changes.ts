/** What libvirt or we choose anew for every start, so that it is no change. */
const chosenAnew = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\/(?:run|tmp|[^\s'"<>]*)\/virt-sandbox\/[A-Za-z0-9-]+|\b[0-9a-f]{12,}\b/g;

/** What we note of a sandbox for ourselves. */
const ours = /^\s*<sandbox:/;

/** Which lines of a text are not in the one before: new ones and changed ones. */
export function markChanges(before: readonly string[], after: readonly string[]): readonly boolean[] {
	const old = before.map(comparable);
	const now = after.map(comparable);
	let start = 0;
	while (start < old.length && start < now.length && old[start] === now[start]) {
		start++;
	}
	let end = 0;
	while (end < old.length - start && end < now.length - start && old[old.length - 1 - end] === now[now.length - 1 - end]) {
		end++;
	}
	const common = commonLines(old.slice(start, old.length - end), now.slice(start, now.length - end));
	return now.map((_, index) => index >= start && index < now.length - end && !common.has(index - start));
}

function comparable(line: string): string {
	return ours.test(line) ? '' : line.replaceAll(chosenAnew, '*');
}

/** Indices of the second that belong to the longest common subsequence of both. */
function commonLines(a: readonly string[], b: readonly string[]): ReadonlySet<number> {
	// Lengths for each pair of ends; documents of domains have some hundred lines.
	const width = b.length + 1;
	const lengths = new Uint16Array((a.length + 1) * width);
	const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
	for (let i = a.length - 1; i >= 0; i--) {
		for (let j = b.length - 1; j >= 0; j--) {
			lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
		}
	}
	const common = new Set<number>();
	for (let i = 0, j = 0; i < a.length && j < b.length;) {
		if (a[i] === b[j]) {
			common.add(j);
			i++;
			j++;
		} else if (at(i + 1, j) >= at(i, j + 1)) {
			i++;
		} else {
			j++;
		}
	}
	return common;
}
