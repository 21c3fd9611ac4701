import {closeSync, constants, fstatSync, type BigIntStats} from 'node:fs';
import {ShellError} from '../../../core/errors.ts';
import {identityOf} from './file-identity.ts';
import {ifThere} from './if-there.ts';
import {openInPlace, pathOf, pathOnly} from './open-in-place.ts';

/**
 * Looks at a directory whose path has no links, by a name that leads to that very one, whatever takes its place meanwhile. Undefined:
 * there is none, or none that can be reached. Throws where a link on the way leads elsewhere by now.
 */
export function inPlace<Result>(directory: string, look: (here: string) => Result): Result | undefined {
	let descriptor: number;
	try {
		descriptor = openInPlace(directory, pathOnly | constants.O_DIRECTORY);
	} catch (error) {
		if (error instanceof ShellError) throw error;
		return undefined;
	}
	try {
		return look(pathOf(descriptor));
	} finally {
		closeSync(descriptor);
	}
}

/** What lies at a place, whose path has no links; undefined: nothing that can be reached, or a link is on the way by now. */
export function statInPlace(place: string): BigIntStats | undefined {
	const descriptor = ifThere(() => openInPlace(place, pathOnly));
	if (descriptor === undefined) return undefined;
	try {
		return fstatSync(descriptor, {bigint: true});
	} finally {
		closeSync(descriptor);
	}
}

/** Which file that is, as `identityOf` says. */
export function identityInPlace(place: string): string | undefined {
	const stats = statInPlace(place);
	return stats && identityOf(stats);
}
