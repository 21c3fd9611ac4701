import {join} from 'node:path';
import {baseDirectory} from '../../../core/base-directories.ts';
import {usageError} from '../../../core/errors.ts';
import {didYouMean} from '../../../core/nearest-word.ts';
import {isUriAlias} from '../../../spec/parse/parse-uri.ts';
import {ifThere} from '../files/if-there.ts';
import {readRegularFile} from '../files/read-regular-file.ts';

/** What we read of libvirt's client configuration. */
interface LibvirtConf {
	/** Its place, whether it is there or not. */
	readonly path: string;
	/** `uri_default`; undefined where it is not set. */
	readonly uriDefault: string | undefined;
	/** `uri_aliases`: the URI of each name. */
	readonly aliases: ReadonlyMap<string, string>;
}

type Environment = Readonly<Record<string, string | undefined>>;

const string = String.raw`"([^"\n]*)"|'([^'\n]*)'`;

/** Reads libvirt.conf: root's in libvirt's own directory, another user's among his. A file that is missing or cannot be read sets nothing. */
export function readLibvirtConf(environment: Environment, uid: number, etc = '/etc/libvirt'): LibvirtConf {
	const path = uid === 0 ? join(etc, 'libvirt.conf') : join(baseDirectory('config', environment), 'libvirt', 'libvirt.conf');
	const text = ifThere(() => readRegularFile(path).toString()) ?? '';
	const uri = new RegExp(String.raw`^[ \t]*uri_default[ \t]*=[ \t]*(?:${string})`, 'm').exec(text);
	// A ] may stand in a comment, and in the address of a host.
	const list = /^[ \t]*uri_aliases\s*=\s*\[((?:#[^\n]*|"[^"\n]*"|'[^'\n]*'|[^\]"'#])*)\]/m.exec(text)?.[1] ?? '';
	const entries = [...list.matchAll(new RegExp(`#[^\\n]*|${string}`, 'g'))].flatMap((match): Array<[string, string]> => {
		const entry = /^([\w-]+)=(.+)$/.exec(match[1] ?? match[2] ?? '');
		return entry === null ? [] : [[entry[1] ?? '', entry[2] ?? '']];
	});
	return {path, uriDefault: uri?.[1] || uri?.[2] || undefined, aliases: new Map(entries)};
}

/** The URI that an alias stands for, as in libvirt's own client; any other text is given back as it is. Throws a usage error for a word that is no alias. */
export function resolveUriAlias(text: string, {aliases, path}: LibvirtConf): string {
	if (!isUriAlias(text)) return text;
	const uri = aliases.get(text);
	if (uri === undefined) {
		throw usageError(
			`'${text}' is not a libvirt URI, nor one of the uri_aliases of ${path}`,
			didYouMean(text, [...aliases.keys()]) ?? 'Use lxc:///system or qemu:///system.',
		);
	}
	return uri;
}
