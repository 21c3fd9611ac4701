import {ShellError} from '../../core/errors.ts';
import {placeOf} from './tokenise.ts';

/** A text that is read as commands. */
export interface Source {
	readonly text: string;
	/** A script's path; undefined: a command string, standard input or a typed line. */
	readonly name: string | undefined;
	/** Offsets mean nothing to the person: the words came one by one from another shell. */
	readonly words?: boolean;
}

/** `line 1, column 7`, or `FILE:1:7` in a script. */
export function describePlace(source: Source, offset: number): string {
	const {line, column} = placeOf(source.text, offset);
	return source.name === undefined ? `line ${line}, column ${column}` : `${source.name}:${line}:${column}`;
}

/** A usage error with the place in the line. */
export function lineError(source: Source, offset: number, message: string, hint?: string): ShellError {
	const place = source.words === true ? '' : `${describePlace(source, offset)}: `;
	return new ShellError('usage', `${place}${message}`, {hint});
}
