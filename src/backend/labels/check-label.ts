import {ShellError} from '../../core/errors.ts';
import {errorCodes, hasCode, type DomainRef, type SecurityLabel} from '../libvirt/index.ts';
import {findLabelFault, type ExpectedLabel} from './compare-label.ts';
import {cleanLabel, guestLabel} from './host-labels.ts';

/** The part of a connection that tells labels. */
export interface LabelReader {
	getSecurityLabel(domain: DomainRef, options?: {readonly timeoutMs?: number}): Promise<SecurityLabel>;
}

/** How long libvirtd may take, after the guest has begun, to learn its init's pid. */
const initMs = 5000;

/**
 * Reads the label of a running domain back, from libvirt and, where its processes can be seen, from the kernel, and throws
 * where it is not the expected one: that a domain has started proves nothing. Gives the label.
 */
export async function checkLabel(expected: ExpectedLabel, domain: DomainRef, reader: LabelReader): Promise<string> {
	const told = cleanLabel(await readLabel(domain, reader));
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

async function readLabel(domain: DomainRef, reader: LabelReader): Promise<string> {
	const until = performance.now() + initMs;
	for (;;) {
		try {
			return (await reader.getSecurityLabel(domain, {timeoutMs: 10_000})).label;
		} catch (error) {
			// The guest may be ready before its controller has told libvirtd of it: "Init pid is not yet available".
			if (!hasCode(error, errorCodes.operationInvalid) || performance.now() > until) throw error;
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
	}
}
