import {applyEdits, modify, parse, printParseErrorCode, type ParseError} from 'jsonc-parser';
import {ShellError} from '../core/errors.ts';
import {isObject} from '../core/is-object.ts';
import {profileSchemaUri, profileValues, profileVersion, readProfile, type Profile} from './profile.ts';
import type {SandboxSpec} from './types.ts';

const edits = {formattingOptions: {insertSpaces: false, tabSize: 4, eol: '\n'}};

/** Reads JSON with comments as a profile; throws with the line of what is wrong. */
export function parseProfile(text: string, what: string): Profile {
	const errors: ParseError[] = [];
	const value = parseOnce(text, errors, what);
	const [error] = errors;
	if (error !== undefined) {
		const line = text.slice(0, error.offset).split('\n').length;
		throw new ShellError('failed', `${what} is broken: line ${line}: ${printParseErrorCode(error.error)}`, {hint: 'Fix the file, or delete it.'});
	}
	return readProfile(value, what);
}

function parseOnce(text: string, errors: ParseError[], what: string): unknown {
	try {
		return parse(text, errors, {allowTrailingComma: true});
	} catch (cause) {
		// The parser calls itself for each level.
		throw new ShellError('failed', `${what} is broken: it is nested too deeply`, {hint: 'Fix the file, or delete it.', cause});
	}
}

/** Writes a spec as a profile: into the text of an earlier one, whose comments and includes stay, or as a new one. */
export function writeProfile(spec: SandboxSpec, earlier: string | undefined): string {
	const start = earlier ?? `{\n\t"$schema": "${profileSchemaUri}",\n\t"version": ${profileVersion},\n\t"sandbox": {}\n}\n`;
	const text = profileValues(spec).reduce((changed, [path, value]) => putValue(changed, ['sandbox', ...path], value), start);
	const {kernel} = parseProfile(text, 'The profile').sandbox;
	return isObject(kernel) && Object.keys(kernel).length === 0 ? putValue(text, ['sandbox', 'kernel'], undefined) : text;
}

/** Changes a value in a text only where it differs, and within objects only what differs, so that comments beside it stay. */
function putValue(text: string, path: readonly string[], value: unknown): string {
	const old = path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), parse(text, [], {allowTrailingComma: true}));
	if (JSON.stringify(old) === JSON.stringify(value)) {
		return text;
	}
	if (isObject(old) && isObject(value)) {
		return [...new Set([...Object.keys(old), ...Object.keys(value)])].reduce((changed, key) => putValue(changed, [...path, key], value[key]), text);
	}
	return applyEdits(text, modify(text, [...path], value, edits));
}
