import {imageFormats} from './image-formats.ts';
import type {Mount} from './types.ts';

/** The types of mounts, as they are written. */
export const mountTypes = ['host-bind', 'host-image', 'guest-bind', 'ram', 'overlay', 'hide'] as const satisfies ReadonlyArray<Mount['type']>;

/** The value of `relabel=` that stands for "not given": what keeps a path that ends in the like of an option apart from options. */
export const neutral = 'auto';

type OptionKey = 'access' | 'format' | 'chain' | 'relabel' | 'uid' | 'gid' | 'mode' | 'upper';

const optionsOfType: Readonly<Record<Mount['type'], readonly OptionKey[]>> = {
	'host-bind': ['access', 'relabel'],
	'host-image': ['access', 'format', 'chain'],
	'guest-bind': ['access'],
	ram: ['access', 'uid', 'gid', 'mode'],
	overlay: ['access', 'upper'],
	hide: [],
};

const validOption: Readonly<Record<OptionKey, RegExp>> = {
	access: /^(ro|rw)$/,
	format: new RegExp(`^format=(${imageFormats.join('|')})$`),
	chain: /^chain=(yes|no)$/,
	relabel: /^relabel=(yes|no|auto)$/,
	uid: /^uid=\d{1,10}$/,
	gid: /^gid=\d{1,10}$/,
	mode: /^mode=0*[0-7]{1,4}$/,
	upper: /^upper=(\/.*)?$/,
};

const optionNames: Readonly<Record<OptionKey, readonly string[]>> = {
	access: ['ro', 'rw'],
	format: ['format='],
	chain: ['chain=yes'],
	relabel: ['relabel=yes', 'relabel=no'],
	uid: ['uid='],
	gid: ['gid='],
	mode: ['mode='],
	upper: ['upper='],
};

/** The options that a type of mount takes, for completion and messages. */
export function mountOptions(type: Mount['type']): readonly string[] {
	return optionsOfType[type].flatMap((key) => optionNames[key]);
}

/** Takes known options off the end, each at most once; the rest is the source, commas and all. */
export function splitOptions(type: Mount['type'], text: string): {source: string; options: Map<OptionKey, string>} {
	const options = new Map<OptionKey, string>();
	let source = text;
	for (let comma = source.lastIndexOf(','); comma >= 0; comma = source.lastIndexOf(',')) {
		const word = source.slice(comma + 1);
		const key = optionsOfType[type].find((candidate) => !options.has(candidate) && validOption[candidate].test(word));
		if (key === undefined) {
			break;
		}
		options.set(key, word.slice(word.indexOf('=') + 1));
		source = source.slice(0, comma);
	}
	// An upper directory's name may hold commas as a source may; it begins at the last `,upper=/`.
	const upper = type === 'overlay' && !options.has('upper') ? source.lastIndexOf(',upper=/') : -1;
	if (upper >= 0) {
		options.set('upper', source.slice(upper + ',upper='.length));
		source = source.slice(0, upper);
	}
	return {source, options};
}
