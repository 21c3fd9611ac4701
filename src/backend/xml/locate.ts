import type {XmlLine} from './write-xml.ts';

/** The first and last line (from 1) of the element on a path such as `/domain/devices/filesystem[2]`; undefined where there is none. */
export function locatePath(lines: readonly XmlLine[], path: string): {first: number; last: number} | undefined {
	const wanted = path.replaceAll('[1]', '');
	const matches = (line: XmlLine): boolean => line.path === path || line.path.replaceAll('[1]', '') === wanted;
	const first = lines.findIndex(matches);
	return first < 0 ? undefined : {first: first + 1, last: lines.findLastIndex(matches) + 1};
}
