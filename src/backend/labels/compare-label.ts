import type {SecurityModel} from '../../spec/types.ts';
import {typeOf} from '../domain/selinux-context.ts';
import {categoriesOf, isSameContext, levelOf, upperLevel} from './levels.ts';

/** The label that a sandbox has to have once it runs. */
export interface ExpectedLabel {
	readonly model: SecurityModel;
	/** The whole of it, where it is known. */
	readonly label?: string | undefined;
	/** SELinux: its type, where the rest is libvirt's choice. */
	readonly type?: string | undefined;
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
