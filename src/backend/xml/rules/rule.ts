import type {Edit, ScannedElement} from '../scan/scanned.ts';
import type {DocumentHost} from './document-host.ts';
import type {Domain, Driver} from './domain-view.ts';

/** What a rule is about, for people. */
export interface RuleHead {
	readonly id: string;
	readonly drivers: readonly Driver[];
	/** error: libvirt refuses it, at once or at the start; warning: it does something else than what stands there; info: worth knowing. */
	readonly level: 'error' | 'warning' | 'info';
	/** What must not be, in a sentence. */
	readonly about: string;
}

/** A place of a document that is against a rule. */
export interface Flaw {
	readonly at: ScannedElement;
	/** Of the element; left out: it is the text of the element, or else its tag. */
	readonly attribute?: string | undefined;
	readonly culprit?: string;
	/** Left out: that of the rule. */
	readonly level?: RuleHead['level'] | undefined;
	readonly message: string;
	readonly cure: string;
	readonly edits?: readonly Edit[] | undefined;
}

/** A rule of a document alone. */
export interface Rule extends RuleHead {
	/** Something is lacking: where the schema refuses a part, that may be what it is. */
	readonly isOfLack?: true;
	find(domain: Domain): Iterable<Flaw>;
}

/** A rule that asks the host. */
export interface HostRule extends RuleHead {
	find(domain: Domain, host: DocumentHost): AsyncIterable<Flaw>;
}

export const both: readonly Driver[] = ['lxc', 'qemu'];
export const machines: readonly Driver[] = ['qemu'];
export const containers: readonly Driver[] = ['lxc'];
