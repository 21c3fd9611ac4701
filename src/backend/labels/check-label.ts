import {clockMs} from '../../core/clock-ms.ts';
import {ShellError} from '../../core/errors.ts';
import type {SecurityModel} from '../../spec/types.ts';
import {typeOf} from '../domain/selinux-context.ts';
import {errorCodes, hasCode, type DomainRef, type SecurityLabel} from '../libvirt/index.ts';
import {cleanLabel} from './host-labels.ts';
import {categoriesOf, isSameContext, levelOf, upperLevel} from './levels.ts';

/** The label that a sandbox has to have once it runs. */
export interface ExpectedLabel {
	readonly model: SecurityModel;
	/** The whole of it, where it is known. */
	readonly label?: string | undefined;
	/** SELinux: its type, where the rest is libvirt's choice. */
	readonly type?: string | undefined;
}

/** The part of a connection that tells labels. */
export interface LabelReader {
	getSecurityLabel(domain: DomainRef, options?: {readonly timeoutMs?: number}): Promise<SecurityLabel>;
	getSecurityLabels(domain: DomainRef, options?: {readonly timeoutMs?: number}): Promise<readonly SecurityLabel[]>;
}

interface LabelSources {
	readonly reader: LabelReader;
	/** The label of the guest's first process as the kernel has it; undefined where it cannot be seen. */
	readonly readGuest: () => string | undefined;
}

/** How long libvirtd may take, after the guest has begun, to learn its init's pid; 11.3 sometimes never does, and then only the kernel can tell. */
const initMs = {seen: 500, unseen: 5000} as const;

/**
 * Reads the label of a running domain back, from libvirt and, where its processes can be seen, from the kernel, and throws
 * where it is not the expected one: that a domain has started proves nothing. Gives the label.
 */
export async function checkLabel(expected: ExpectedLabel, domain: DomainRef, {reader, readGuest}: LabelSources): Promise<string> {
	const isDac = expected.model === 'dac';
	const seen = isDac ? undefined : readGuest();
	const told = await (isDac ? readDacLabel(domain, reader) : readLabel(domain, reader, seen));
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

/** What is wrong with the label that a running sandbox has, as the end of a sentence; undefined: nothing. `uuid` is the domain's. */
export function findLabelFault(expected: ExpectedLabel, actual: string, uuid: string): string | undefined {
	if (actual === '') return 'it has none';
	switch (expected.model) {
		case 'selinux':
			if (expected.label !== undefined) return isSameContext(expected.label, actual) ? undefined : `it is '${actual}', not '${expected.label}'`;
			if (expected.type !== undefined && typeOf(actual) !== expected.type) return `its type is '${typeOf(actual)}', not '${expected.type}'`;
			return categoriesOf(upperLevel(levelOf(actual))).length === 2 ? undefined : `'${actual}' has no pair of categories`;
		case 'apparmor': {
			const wanted = expected.label ?? `libvirt-${uuid}`;
			return actual === wanted ? undefined : `it is '${actual}', not '${wanted}'`;
		}
		case 'dac':
			return expected.label === undefined || expected.label === actual ? undefined : `it is '${actual}', not '${expected.label}'`;
		default:
			return expected.model satisfies never;
	}
}

/** The driver dac is never the first, whose label alone the shorter call gives. Its labels are `+UID:+GID`. */
async function readDacLabel(domain: DomainRef, reader: LabelReader): Promise<string> {
	const labels = (await reader.getSecurityLabels(domain, {timeoutMs: 10_000})).map(({label}) => cleanLabel(label));
	return labels.find((label) => /^\+?\w+:\+?\w+$/.test(label)) ?? '';
}

/** What libvirt tells; what was `seen`, where it does not come to know. */
async function readLabel(domain: DomainRef, reader: LabelReader, seen: string | undefined): Promise<string> {
	const until = clockMs() + (seen === undefined ? initMs.unseen : initMs.seen);
	for (;;) {
		try {
			return cleanLabel((await reader.getSecurityLabel(domain, {timeoutMs: 10_000})).label);
		} catch (error) {
			// The guest may be ready before its controller has told libvirtd of it: "Init pid is not yet available".
			if (!hasCode(error, errorCodes.operationInvalid)) throw error;
			if (clockMs() > until) {
				if (seen === undefined) throw error;
				return seen;
			}
			await new Promise((resolve) => setTimeout(resolve, 10));
		}
	}
}
