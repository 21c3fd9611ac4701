import {usageError} from '../../core/errors.ts';
import {didYouMean} from '../../core/nearest-word.ts';
import {findImageFormat, imageFormats} from '../image-formats.ts';
import {parseHostPath} from '../paths.ts';
import type {Disk} from '../types.ts';

const form = 'Write file:TAG=SOURCE[,format=raw|qcow2…][,chain=yes][,ro|rw].';

/** The options of a disk, for completion. */
export const diskOptions = ['ro', 'rw', 'format=', 'chain=yes'] as const;

/** Reads `file:TAG=SOURCE[,format=FORMAT][,chain=yes|no][,ro|rw]`; known options are taken off the end, so the path may hold commas. */
export function parseDisk(text: string, directory?: string): Disk {
	const colon = text.indexOf(':');
	const type = colon < 0 ? text : text.slice(0, colon);
	if (type !== 'file') {
		throw usageError(`There is no disk type '${type}'`, didYouMean(type, ['file']) ?? form);
	}
	const equals = text.indexOf('=');
	if (colon < 0 || equals < 0) {
		throw usageError(`The disk '${text}' has no ${colon < 0 ? 'tag' : "'='"}`, form);
	}
	const tag = parseTag(text.slice(colon + 1, equals));
	let source = text.slice(equals + 1);
	let formatName: string | undefined;
	let chain: string | undefined;
	let access: string | undefined;
	for (let comma = source.lastIndexOf(','); comma >= 0; comma = source.lastIndexOf(',')) {
		const word = source.slice(comma + 1);
		if (access === undefined && (word === 'ro' || word === 'rw')) {
			access = word;
		} else if (formatName === undefined && word.startsWith('format=')) {
			formatName = word.slice('format='.length);
		} else if (chain === undefined && (word === 'chain=yes' || word === 'chain=no')) {
			chain = word;
		} else {
			break;
		}
		source = source.slice(0, comma);
	}
	if (source === '') {
		throw usageError(`The disk '${text}' has no source`, form);
	}
	const format = findImageFormat(formatName ?? 'raw');
	if (format === undefined) {
		throw usageError(
			`There is no disk format '${formatName}'`,
			didYouMean(formatName ?? '', imageFormats) ?? `The formats are ${imageFormats.join(', ')}.`,
		);
	}
	return {type, tag, source: parseHostPath(source, 'disk image', directory), format, chain: chain === 'chain=yes', readonly: access === 'ro'};
}

/** A tag becomes a file name below /dev/disk/by-tag and a serial number of at most 20 characters. */
function parseTag(tag: string): string {
	if (!/^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,19}$/.test(tag)) {
		throw usageError(
			tag === '' ? 'The disk has no tag' : `The disk tag '${tag}' is not usable`,
			'A tag has 1 to 20 letters, digits, _, ., + or -, and begins with a letter, a digit or _; the disk is /dev/disk/by-tag/TAG.',
		);
	}
	return tag;
}

/** Writes a disk as `parseDisk` reads it. */
export function formatDisk({type, tag, source, format, chain, readonly}: Disk): string {
	// All options are written where the path ends in the like of one.
	const explicit = /,(ro|rw|format=[^,]*|chain=(yes|no))$/.test(source);
	const options = [
		format !== 'raw' || explicit ? `,format=${format}` : '',
		chain ? ',chain=yes' : explicit ? ',chain=no' : '',
		readonly ? ',ro' : explicit ? ',rw' : '',
	];
	return `${type}:${tag}=${source}${options.join('')}`;
}
