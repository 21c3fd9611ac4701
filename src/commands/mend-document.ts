import type {XmlFault} from '../backend/xml/scan/scanned.ts';
import {applyEdits} from '../backend/xml/scan/apply-edits.ts';

/** A fault of the syntax hides those of the schema: so often a text is looked at again. */
const mostRounds = 10;

/** A document with the changes that mend it, and what is left for somebody to decide. */
export async function mendDocument(
	text: string,
	faults: readonly XmlFault[],
	check: (text: string) => Promise<readonly XmlFault[]>,
): Promise<{readonly mended: string; readonly left: readonly XmlFault[]}> {
	let mended = text;
	let left = faults;
	for (let round = 0; round < mostRounds; round++) {
		const next = applyEdits(
			mended,
			// What is inside of another element is closed before it.
			left.toReversed().flatMap(({edits}) => edits ?? []),
		);
		if (next === mended) break;
		mended = next;
		left = await check(mended);
	}
	return {mended, left};
}
