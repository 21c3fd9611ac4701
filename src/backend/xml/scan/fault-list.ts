import type {Span, XmlFault} from './scanned.ts';

/** More than anybody reads. */
const most = 200;

/** What is wrong with the syntax of a document, as far as it was read. */
export class FaultList {
	readonly #faults: XmlFault[] = [];
	#count = 0;

	add({start, end}: Span, fault: Omit<XmlFault, 'source' | keyof Span>): void {
		this.#count++;
		if (this.#faults.length < most) this.#faults.push({source: 'syntax', start, end, ...fault});
	}

	/** How many there are, with those that nobody reads. */
	get count(): number {
		return this.#count;
	}

	/** In the order of the text. */
	all(): readonly XmlFault[] {
		return this.#faults.toSorted((one, other) => one.start - other.start);
	}
}
