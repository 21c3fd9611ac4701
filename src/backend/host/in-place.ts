import {closeSync, constants, openSync, readlinkSync} from 'node:fs';
import {ShellError} from '../../core/errors.ts';
import {ifThere} from './if-there.ts';
import {pathOnly} from './root-directory.ts';

/**
 * Looks at a directory whose path has no links, by a name that leads to that very one, whatever takes its place meanwhile. Undefined:
 * there is none, or none that can be reached. Throws where a link on the way leads elsewhere by now.
 */
export function inPlace<Result>(directory: string, look: (here: string) => Result): Result | undefined {
	const descriptor = ifThere(() => openSync(directory, pathOnly | constants.O_DIRECTORY | constants.O_NOFOLLOW));
	if (descriptor === undefined) return undefined;
	try {
		const here = `/proc/self/fd/${descriptor}`;
		if (readlinkSync(here) !== directory) throw new ShellError('refused', `The way to ${directory} has changed`, {hint: 'Try again'});
		return look(here);
	} finally {
		closeSync(descriptor);
	}
}
