import {ifThere} from './if-there.ts';
import {readRegularFile} from './read-regular-file.ts';

/** The pid that a daemon has noted in a file; undefined: it has noted none that may be read. */
export function readPidFile(path: string): number | undefined {
	const text = ifThere(() => readRegularFile(path, {most: 64}).toString('latin1'));
	const [, pid] = /^(\d+)\s*$/.exec(text ?? '') ?? [];
	return pid === undefined ? undefined : Number(pid);
}
