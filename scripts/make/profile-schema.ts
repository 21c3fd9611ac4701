import type {Key} from '../../src/spec/key.ts';
import {profileKeys, profilePath, profileSchemaUri, profileVersion} from '../../src/spec/profile.ts';

/** The JSON schema of a profile, from the table of keys. `docs/profile.schema.json` is this. */
export function makeProfileSchema(): object {
	const sandbox: Record<string, object> = {};
	const kernel: Record<string, object> = {};
	for (const key of profileKeys) {
		const [first = '', second] = profilePath(key);
		if (second === undefined) {
			sandbox[first] = describeKey(key);
		} else {
			kernel[second] = describeKey(key);
		}
	}
	return {
		$schema: 'https://json-schema.org/draft/2020-12/schema',
		$id: profileSchemaUri,
		title: 'Profile of virt-sandbox',
		type: 'object',
		additionalProperties: false,
		required: ['version'],
		properties: {
			$schema: {type: 'string'},
			version: {const: profileVersion},
			description: {type: 'string'},
			include: {description: 'profiles whose values come first', type: 'array', items: {type: 'string'}},
			sandbox: {
				type: 'object',
				additionalProperties: false,
				properties: {...sandbox, kernel: {type: 'object', additionalProperties: false, properties: kernel}},
			},
		},
	};
}

function describeKey(key: Key): object {
	const description = `${key.help} (default: ${key.fallback})`;
	switch (key.form) {
		case 'object':
			return {description, type: 'object', additionalProperties: {type: ['string', 'null']}};
		case 'list':
			return {description: `${description}; each as ${key.placeholder}`, type: 'array', items: {type: 'string'}};
		case 'choice':
			return {description, enum: key.values.kind === 'choice' ? Object.keys(key.values.words) : []};
		case 'size':
			return {description, type: ['string', 'integer']};
		case 'text':
			return {description, type: 'string'};
		case 'integer':
		case 'boolean':
			return {description, type: key.form};
	}
}
