import {ShellError, usageError} from '../../core/errors.ts';
import {didYouMean} from '../../core/nearest-word.ts';
import {formatSizeKiB, parseSizeKiB} from '../../core/units.ts';
import {findImageFormat} from '../image-formats.ts';
import {mountOptions, mountTypes, neutral, splitOptions} from '../mount-options.ts';
import {parseGuestPath, parseHostPath} from '../paths.ts';
import type {Mount} from '../types.ts';

/** What docker and podman write as SOURCE:TARGET[:OPTIONS], in our words; undefined for any other text. */
export function likeDocker(text: string): string | undefined {
	const [, source = '', target = '', options = ''] = /^([/.][^:]*):(\/[^:]*)(?::([a-z,]+))?$/.exec(text) ?? [];
	return source === '' ? undefined : `host-bind:${target}=${source}${options.split(',').includes('ro') ? ',ro' : ''}`;
}

/** What other tools hide a file with, as a source. */
const nothing = '/dev/null';

/** Reads `TYPE:TARGET=SOURCE[,option…]`, or `hide:PATH`. A relative source on the host is taken from `directory` where that is given. */
export function parseMount(text: string, directory?: string): Mount {
	const colon = text.indexOf(':');
	const typeName = colon < 0 ? text : text.slice(0, colon);
	const type = mountTypes.find((known) => known === typeName);
	const docker = likeDocker(text);
	if (docker !== undefined) {
		throw usageError(`The mount '${text}' has no type`, `Write ${docker}: the target comes first.`);
	}
	if (type === undefined || colon < 0) {
		const known = `The types are ${mountTypes.join(', ')}.`;
		throw type === undefined
			? usageError(`There is no mount type '${typeName}'`, didYouMean(typeName, mountTypes) ?? suggestPrefix(typeName) ?? known)
			: usageError(
					`The mount '${text}' has no target`,
					`Write ${type === 'hide' ? 'hide:PATH' : `${type}:TARGET=${type === 'ram' ? 'SIZE' : 'SOURCE'}`}.`,
				);
	}
	if (type === 'hide') return hide(parseGuestPath(text.slice(colon + 1), 'path to hide'));
	const equals = text.indexOf('=', colon);
	if (equals < 0) {
		throw usageError(
			`The mount '${text}' has no '='`,
			`Write ${text}=${type === 'ram' ? '64M' : type === 'host-bind' ? ' for a temporary directory' : 'SOURCE'}.`,
		);
	}
	const target = parseGuestPath(text.slice(colon + 1, equals), 'mount target');
	const {source, options} = splitOptions(type, text.slice(equals + 1));
	const base = {target, readonly: options.get('access') === 'ro'};
	const relabelWord = options.get('relabel');
	const relabel = relabelWord === undefined || relabelWord === neutral ? undefined : relabelWord === 'yes';
	const needSource = (): void => {
		if (source === '') {
			throw usageError(`The mount '${text}' has no source`, `Write ${type}:${target}=SOURCE.`);
		}
	};
	switch (type) {
		case 'host-bind': {
			if (source === nothing) return hide(target);
			return {type, ...base, source: source === '' ? undefined : parseHostPath(source, 'mount source', directory), relabel};
		}
		case 'host-image': {
			needSource();
			if (/,relabel=(yes|no)$/.test(source)) {
				throw usageError(`The image mounted on '${target}' cannot be relabelled`, 'Leave relabel= out: what an image holds has labels of its own.');
			}
			const format = findImageFormat(options.get('format') ?? 'raw') ?? 'raw';
			return {type, ...base, source: parseHostPath(source, 'image', directory), format, chain: options.get('chain') === 'yes'};
		}
		case 'guest-bind': {
			needSource();
			return {type, ...base, source: parseGuestPath(source, 'mount source')};
		}
		case 'ram': {
			const [size = '', ...unknown] = source.split(',');
			const bad = unknown.at(-1);
			if (bad !== undefined) {
				throw usageError(
					`A ram mount takes no option '${bad}'`,
					didYouMean(bad, mountOptions('ram')) ?? `Its options are ${mountOptions('ram').join(', ')}, each once; a mode is octal.`,
				);
			}
			return {
				type,
				...base,
				sizeKiB: parseSizeKiB(size, `size of the ram mount on ${target}`, {plain: {leastBytes: 4096, to: 'hold a file'}}),
				mode: parseNumber(options.get('mode'), 8),
				uid: parseNumber(options.get('uid'), 10),
				gid: parseNumber(options.get('gid'), 10),
			};
		}
		case 'overlay': {
			needSource();
			const upper = options.get('upper');
			return {
				type,
				...base,
				source: parseHostPath(source, 'mount source', directory),
				upper: upper === undefined || upper === '' ? undefined : parseHostPath(upper, 'upper directory', directory),
			};
		}
		default: {
			return type satisfies never;
		}
	}
}

function hide(target: string): Mount {
	return {type: 'hide', target, readonly: true};
}

function parseNumber(text: string | undefined, radix: number): number | undefined {
	return text === undefined ? undefined : Number.parseInt(text, radix);
}

/** virt-sandbox 0.8 took any beginning of a type; say the whole word. */
function suggestPrefix(typeName: string): string | undefined {
	const matches = typeName === '' ? [] : mountTypes.filter((known) => known.startsWith(typeName));
	return matches.length === 0 ? undefined : `Did you mean ${matches.map((known) => `'${known}'`).join(' or ')}?`;
}

/** Writes a mount as the string that `parseMount` reads as the same. */
export function formatMount(mount: Mount): string {
	const short = writeMount(mount, false);
	if (readsAs(short, mount)) {
		return short;
	}
	const long = writeMount(mount, true);
	if (readsAs(long, mount)) {
		return long;
	}
	throw new ShellError('refused', `The mount on '${mount.target}' cannot be written as an option`, {
		hint: "Use a target without '=' and absolute paths without control characters.",
	});
}

function readsAs(text: string, mount: Mount): boolean {
	try {
		return JSON.stringify(sortedEntries(parseMount(text))) === JSON.stringify(sortedEntries(mount));
	} catch {
		return false;
	}
}

function sortedEntries(mount: Mount): Array<[string, unknown]> {
	return Object.entries(mount)
		.filter(([, value]) => value !== undefined)
		.toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** With `explicit`, every option that the type has is written, so that nothing of a path can be taken for one. */
function writeMount(mount: Mount, explicit: boolean): string {
	if (mount.type === 'hide') return `hide:${mount.target}`;
	const words: string[] = [];
	const say = (name: string, value: string | undefined, unset: string): void => {
		if (value !== undefined || explicit) {
			words.push(`${name}=${value ?? unset}`);
		}
	};
	let source: string;
	switch (mount.type) {
		case 'host-bind':
			source = mount.source ?? '';
			say('relabel', mount.relabel === undefined ? undefined : mount.relabel ? 'yes' : 'no', neutral);
			break;
		case 'host-image':
			source = mount.source;
			say('format', mount.format === 'raw' ? undefined : mount.format, 'raw');
			say('chain', mount.chain ? 'yes' : undefined, 'no');
			break;
		case 'guest-bind':
			source = mount.source;
			break;
		case 'ram':
			source = formatSizeKiB(mount.sizeKiB);
			for (const [name, value] of [
				['mode', mount.mode?.toString(8)],
				['uid', mount.uid?.toString()],
				['gid', mount.gid?.toString()],
			] as const) {
				if (value !== undefined) {
					words.push(`${name}=${value}`);
				}
			}
			break;
		case 'overlay':
			source = mount.source;
			say('upper', mount.upper, '');
			break;
		default:
			return mount satisfies never;
	}
	if (mount.readonly || explicit) {
		words.push(mount.readonly ? 'ro' : 'rw');
	}
	return [`${mount.type}:${mount.target}=${source}`, ...words].join(',');
}
