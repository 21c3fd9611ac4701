import {applyEdits, modify, parse, printParseErrorCode, type ParseError} from 'jsonc-parser';
import {ShellError} from '../core/errors.ts';
import {profileValues, profileVersion, readProfile, type Profile} from './profile.ts';
import type {SandboxSpec} from './types.ts';

/** What `$schema` says in the profiles that this program writes. */
export const schemaReference = 'https://json-schema.org/draft/2020-12/schema#virt-sandbox-profile';

const formatting = {insertSpaces: false, tabSize: 4, eol: '\n'};

/** Reads JSON with comments as a profile; throws with the line of what is wrong. */
export function parseProfile(text: string, what: string): Profile {
	const errors: ParseError[] = [];
	const value: unknown = parse(text, errors, {allowTrailingComma: true});
	const [error] = errors;
	if (error !== undefined) {
		const line = text.slice(0, error.offset).split('\n').length;
		throw new ShellError('failed', `${what} is broken: line ${line}: ${printParseErrorCode(error.error)}`, {hint: 'Mend the file, or delete it.'});
	}
	return readProfile(value, what);
}

/** Writes a spec as a profile: into the text of an earlier one, whose comments and includes stay, or as a new one. */
export function writeProfile(spec: SandboxSpec, earlier: string | undefined): string {
	let text = earlier ?? `{\n\t"version": ${profileVersion},\n\t"sandbox": {}\n}\n`;
	const current: unknown = parse(text, [], {allowTrailingComma: true});
	for (const [path, value] of profileValues(spec)) {
		const old = lookUp(current, ['sandbox', ...path]);
		if (JSON.stringify(old) !== JSON.stringify(value)) {
			text = applyEdits(text, modify(text, ['sandbox', ...path], value, {formattingOptions: formatting}));
		}
	}
	const kernel = lookUp(parse(text, [], {allowTrailingComma: true}), ['sandbox', 'kernel']);
	if (typeof kernel === 'object' && kernel !== null && Object.keys(kernel).length === 0) {
		text = applyEdits(text, modify(text, ['sandbox', 'kernel'], undefined, {formattingOptions: formatting}));
	}
	return text;
}

function lookUp(value: unknown, path: readonly string[]): unknown {
	return path.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined), value);
}
