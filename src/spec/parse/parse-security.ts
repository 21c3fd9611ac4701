import {usageError} from '../../core/errors.ts';
import {didYouMean} from '../../core/nearest-word.ts';
import {hasControlCharacters, splitOnce} from '../../core/text.ts';
import type {Security, SecurityModel} from '../types.ts';

/** How a sandbox gets its label, as it is written. */
const securityModes = ['dynamic', 'static', 'inherit', 'none'] as const;
/** The security drivers of libvirt that a label may be for. */
const securityModels = ['selinux', 'apparmor', 'dac'] as const satisfies readonly SecurityModel[];

const form = 'Write dynamic|static|inherit|none, then model=selinux|apparmor|dac, relabel=yes|no, and last label=LABEL.';

/** Reads `MODE[,model=MODEL][,relabel=yes|no][,label=LABEL]`; everything after `label=` belongs to the label. */
export function parseSecurity(text: string): Security {
	const found = /(?:^|,)label=/.exec(text);
	const label = found === null ? undefined : text.slice(found.index + found[0].length);
	const [modeWord = '', ...words] = (found === null ? text : text.slice(0, found.index)).split(',');
	const mode = securityModes.find((known) => known === modeWord);
	if (mode === undefined) {
		throw usageError(
			modeWord === '' ? `The security option '${text}' does not begin with a mode` : `There is no security mode '${modeWord}'`,
			didYouMean(modeWord, securityModes) ?? form,
		);
	}
	let model: SecurityModel | undefined;
	let relabel: boolean | undefined;
	for (const word of words) {
		const [key, value = ''] = splitOnce(word, '=');
		if ((key === 'model' && model !== undefined) || (key === 'relabel' && relabel !== undefined)) {
			throw usageError(`The security option '${text}' gives ${key} twice`, 'Give it once.');
		}
		if (key === 'model') {
			model = securityModels.find((known) => known === value);
			if (model === undefined) {
				throw usageError(`There is no security model '${value}'`, didYouMean(value, securityModels) ?? `The models are ${securityModels.join(', ')}.`);
			}
		} else if (key === 'relabel') {
			if (value !== 'yes' && value !== 'no') {
				throw usageError(`The value '${value}' of relabel is neither yes nor no`, 'Write relabel=yes or relabel=no.');
			}
			relabel = value === 'yes';
		} else {
			throw usageError(
				word === '' ? `The security option '${text}' holds an empty word` : `There is no security word '${key}'`,
				didYouMean(key, ['model', 'relabel', 'label']) ?? form,
			);
		}
	}
	if (label !== undefined && (label === '' || hasControlCharacters(label))) {
		throw usageError(label === '' ? `The security option '${text}' has an empty label` : `The label '${label}' holds a control character`, form);
	}
	return {mode, model, label, relabel};
}

/** Writes a security choice as `parseSecurity` reads it; undefined where none was made. */
export function formatSecurity(security: Security): string | undefined {
	if (security.mode === undefined) {
		return undefined;
	}
	return [
		security.mode,
		...(security.model === undefined ? [] : [`model=${security.model}`]),
		...(security.relabel === undefined ? [] : [`relabel=${security.relabel ? 'yes' : 'no'}`]),
		...(security.label === undefined ? [] : [`label=${security.label}`]),
	].join(',');
}
