import type {Mount} from '../../spec/types.ts';

/** Stands for the path of a temporary directory until the state directory has one. */
const scheme = 'temporary:';

/** Takes down a mount whose source is to be a temporary directory; gives what stands for that. */
export function noteTemporary(temporary: Mount[], mount: Mount): string {
	return `${scheme}${temporary.push(mount) - 1}`;
}

/** The path that a source stands for; `temporary`: those of the temporary directories, in order. */
export function resolveSource(source: string, temporary: readonly string[]): string {
	return source.startsWith(scheme) ? (temporary[Number(source.slice(scheme.length))] ?? source) : source;
}
