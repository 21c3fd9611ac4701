import {ShellError} from '../../core/errors.ts';
import type {DomainRef, SecurityLabel} from '../libvirt/index.ts';
import {findLabelFault, type ExpectedLabel} from './compare-label.ts';
import {cleanLabel, guestLabel} from './host-labels.ts';

/** The part of a connection that tells labels. */
export interface LabelReader {
	getSecurityLabel(domain: DomainRef, options?: {readonly timeoutMs?: number}): Promise<SecurityLabel>;
}

/**
 * Reads the label of a running domain back, from libvirt and, where its processes can be seen, from the kernel, and throws
 * where it is not the expected one: that a domain has started proves nothing. Gives the label.
 */
export async function checkLabel(expected: ExpectedLabel, domain: DomainRef, reader: LabelReader): Promise<string> {
	const told = cleanLabel((await reader.getSecurityLabel(domain, {timeoutMs: 10_000})).label);
	const seen = expected.model === 'dac' ? undefined : guestLabel(domain.id);
	for (const actual of seen === undefined || seen === told ? [told] : [told, seen]) {
		const fault = findLabelFault(expected, actual, domain.uuid);
		if (fault !== undefined) {
			throw new ShellError('failed', `The sandbox did not get the ${expected.model} label it was to have: ${fault}`, {
				hint: 'It was ended. Look at the policy of this host, or choose another label with -s',
			});
		}
	}
	return told;
}
