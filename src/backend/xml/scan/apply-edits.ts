import type {Edit} from './scanned.ts';

/** A text with changes made to it; of those that overlap the first is made. */
export function applyEdits(text: string, edits: readonly Edit[]): string {
	let changed = '';
	let offset = 0;
	for (const {start, end, text: replacement} of edits.toSorted((one, other) => one.start - other.start || one.end - other.end)) {
		if (start < offset) continue;
		changed += text.slice(offset, start) + replacement;
		offset = end;
	}
	return changed + text.slice(offset);
}
