import {usageError} from '../../core/errors.ts';
import type {Idmap} from '../types.ts';

const hint = 'Write START:COUNT, such as 100000:65536: the first id of the host, and how many.';
/** The last one, 2³² - 1, means "none". */
const ids = 2 ** 32 - 1;

/** Reads `START:COUNT`. */
export function parseIdmap(text: string): Idmap {
	const [, start = '', count = ''] = /^(\d{1,10}):(\d{1,10})$/.exec(text) ?? [];
	if (start === '') throw usageError(`'${text}' is not a range of ids`, hint);
	const idmap = {start: Number(start), count: Number(count)};
	if (idmap.start === 0) throw usageError('Mapped ids cannot begin with 0, which is root itself', hint);
	if (idmap.count === 0 || idmap.start + idmap.count > ids) throw usageError(`The range '${text}' is empty or goes beyond the largest id`, hint);
	return idmap;
}

export function formatIdmap({start, count}: Idmap): string {
	return `${start}:${count}`;
}
